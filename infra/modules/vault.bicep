// The secrets that remain: the key that links are derived from, and what form providers prove themselves with. Their
// values never pass through these files; infra/secrets.sh makes them.

@description('Name of the vault.')
param name string
@description('Region.')
param location string
@description('Tags of every resource.')
param tags object
@description('Id of the Log Analytics workspace, for who read which secret.')
param workspaceId string
@description('Whether the vault can be reached through private endpoints only.')
param privateOnly bool
@description('Days in which a deleted vault or secret can be brought back.')
param deletedDays int
@description('Whether nobody can make it disappear before those days are over. Its name is then taken until then.')
param keepDeleted bool

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: deletedDays
    enablePurgeProtection: keepDeleted ? true : null // Azure takes no `false` here
    publicNetworkAccess: privateOnly ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: privateOnly ? 'Deny' : 'Allow'
    }
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'keep-${name}'
  scope: vault
  properties: {
    level: 'CanNotDelete'
    notes: 'Without TOKEN_KEY no link in a mail works and repeats of an application do not find their row.'
  }
}

resource access 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'AuditEvent'
        enabled: true
      }
    ]
  }
}

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
