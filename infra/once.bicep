// What is made once for each environment, by somebody who may give out roles: the identity that deploys from GitHub, what
// it may do, and a role of our own. docs/deploy.md says when.
//
//     az deployment group create -g <resource group> -f infra/once.bicep -p environmentName=prod repository=ORG/REPOSITORY

import { roles } from 'roles.bicep'

targetScope = 'resourceGroup'

@description('What the environment is called, as in environments/.')
@minLength(2)
@maxLength(8)
param environmentName string
@description('Whose workflows may deploy: ORGANISATION/REPOSITORY on GitHub.')
param repository string
@description('Region.')
param location string = resourceGroup().location

// Built-in roles of whoever deploys; it may not give these to anybody.
var deploying = {
  contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c' // Contributor: makes resources, gives out no role
  locks: '28bf596f-4eb7-45ce-b5bc-6cf482fec137' // Locks Contributor
}
var roleAdministrator = 'f58310d9-a9f6-439a-9e8d-f62e7b41a168' // Role Based Access Control Administrator

// Storage Table Data Contributor may delete a whole table, which has no recycle bin, with one click in the portal.
resource rowEditor 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'row editor')
  properties: {
    roleName: 'Mentoring row editor (${resourceGroup().name})' // unique in the tenant
    description: 'Reads and writes rows of tables, and can make or delete no table.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: ['Microsoft.Storage/storageAccounts/tableServices/tables/read']
        dataActions: [
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/read'
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/write'
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/delete'
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/add/action'
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/update/action'
        ]
      }
    ]
  }
}

resource deployer 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-mentoring-deploy-${environmentName}'
  location: location
}

// No password: Azure trusts what GitHub says of a run in this environment of this repository.
resource github 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = {
  parent: deployer
  name: 'github'
  properties: {
    issuer: 'https://token.actions.githubusercontent.com'
    subject: 'repo:${repository}:environment:${environmentName}'
    audiences: ['api://AzureADTokenExchange']
  }
}

resource mayDeploy 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for each in items(deploying): {
    name: guid(resourceGroup().id, deployer.id, each.value)
    properties: {
      principalId: deployer.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', each.value)
    }
  }
]

// It may give out, and take away, the roles that the deployment gives out, and no others.
var givable = join(concat(map(items(roles), role => role.value), [rowEditor.name]), ', ')
var given = '@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${givable}}'
var taken = '@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${givable}}'

resource mayGiveRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, deployer.id, roleAdministrator)
  properties: {
    principalId: deployer.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleAdministrator)
    conditionVersion: '2.0'
    condition: '((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/write\'})) OR (${given})) AND ((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/delete\'})) OR (${taken}))'
  }
}

// What GitHub's environment is told: AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_SUBSCRIPTION_ID.
output AZURE_CLIENT_ID string = deployer.properties.clientId
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_SUBSCRIPTION_ID string = subscription().subscriptionId
