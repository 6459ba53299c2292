// Which groups of people may open which table (../names.bicep says so, table by table), who keeps the secrets, who may
// read the nightly exports, and who reads the logs. Groups are Entra ID groups; who is in them is the trust's to say.

import { tables } from '../names.bicep'
import { roles } from '../roles.bicep'

@description('Object ids of groups by what they are called in names.bicep; an empty one has no members here yet.')
param groups object
@description('Name of the storage account.')
param storageName string
@description('Name of the vault.')
param vaultName string
@description('Name of the Log Analytics workspace.')
param workspaceName string

// Made by ../once.bicep: rows only. With a built-in role one click in the portal would delete a whole table.
var rowEditor = guid(resourceGroup().id, 'row editor')
var rows = items(tables)
var changes = flatten(map(
  rows,
  row => map(row.value.change, group => { table: row.key, group: group, role: rowEditor })
))
var readings = flatten(map(
  rows,
  row => map(row.value.read, group => { table: row.key, group: group, role: roles.tableReader })
))
// Filling an empty account takes every table. Give the group its members for the hour, and take them out again.
var restores = map(rows, row => { table: row.key, group: 'restorers', role: roles.tableContributor })
var grants = filter(concat(changes, readings, restores), grant => !empty(groups[grant.group]))

// The portal's storage browser shows tables only to somebody who may see the account; this role opens no data.
var lookers = filter(
  ['administrators', 'matchers', 'accessArrangers', 'contacts', 'auditors', 'operators', 'restorers'],
  group => !empty(groups[group])
)
var readers = filter(['operators', 'auditors'], group => !empty(groups[group]))

resource account 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: storageName
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2026-04-01' existing = {
  parent: account
  name: 'default'
}

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2026-04-01' existing = [
  for grant in grants: {
    parent: tableService
    name: grant.table
  }
]

resource onTable 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, index) in grants: {
    scope: table[index]
    name: guid(account.id, grant.table, groups[grant.group], grant.role)
    properties: {
      principalId: groups[grant.group]
      principalType: 'Group'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.role)
    }
  }
]

resource onAccount 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for group in lookers: {
    scope: account
    name: guid(account.id, groups[group], roles.reader)
    properties: {
      principalId: groups[group]
      principalType: 'Group'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.reader)
    }
  }
]

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2026-04-01' existing = {
  parent: account
  name: 'default'
}

// What people open besides tables. For the restorers' group alone, the exports hold every table, also the special
// categories, and the raw bodies every answer as it was sent; they write both, to make an export and to fill a new
// account, and the tags of raw bodies, which no lesser role may. The reports hold what administrators see in their
// tables. Access needs may tell of somebody's health: a container and a group of their own.
var opened = filter(
  [
    { container: 'exports', group: groups.restorers, role: roles.blobContributor }
    { container: 'submissions', group: groups.restorers, role: roles.blobOwner }
    { container: 'reports', group: groups.administrators, role: roles.blobReader }
    { container: 'access', group: groups.accessArrangers, role: roles.blobReader }
  ],
  grant => !empty(grant.group)
)

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01' existing = [
  for grant in opened: {
    parent: blobService
    name: grant.container
  }
]

resource onContainer 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, index) in opened: {
    scope: container[index]
    name: guid(account.id, grant.container, grant.group, grant.role)
    properties: {
      principalId: grant.group
      principalType: 'Group'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.role)
    }
  }
]

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {
  name: vaultName
}

resource onVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(groups.secretKeepers)) {
  scope: vault
  name: guid(vault.id, groups.secretKeepers, roles.secretsOfficer)
  properties: {
    principalId: groups.secretKeepers
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.secretsOfficer)
  }
}

// Commands at a keyboard need TOKEN_KEY: without it a restore is refused, and an import does not know who was erased.
resource restorersOnVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(groups.restorers)) {
  scope: vault
  name: guid(vault.id, groups.restorers, roles.secretsUser)
  properties: {
    principalId: groups.restorers
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.secretsUser)
  }
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' existing = {
  name: workspaceName
}

resource onLogs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for group in readers: {
    scope: workspace
    name: guid(workspace.id, groups[group], roles.logReader)
    properties: {
      principalId: groups[group]
      principalType: 'Group'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.logReader)
    }
  }
]
