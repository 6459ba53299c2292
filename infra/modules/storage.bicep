// The one storage account: the app's tables, queues and containers (named in ../names.bicep), and the Functions host's
// own containers. Nothing opens it but Entra ID: shared keys are off, and so is anonymous access.

import { tables, queues, containers, hostContainers } from '../names.bicep'

@description('Name of the account.')
param name string
@description('Region.')
param location string
@description('Tags of every resource.')
param tags object
@description('How many copies there are and where.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GZRS'])
param redundancy string
@description('Id of the Log Analytics workspace, for who opened what.')
param workspaceId string
@description('Whether the account can be reached through private endpoints only.')
param privateOnly bool
@description('Days after which a raw body is deleted, if the app has not done it before.')
param rawBodyDays int
@description('Days after which a nightly export is deleted; the tests hold it against the retention periods of the code.')
param exportDays int
@description('Days in which a deleted blob can be brought back. An erased body is gone for good this many days, and two, after its erasure.')
param recoverableDays int

var poisonQueues = map(queues, queue => '${queue}-poison')
var allContainers = concat(objectKeys(containers), objectKeys(hostContainers))

resource account 'Microsoft.Storage/storageAccounts@2026-04-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: redundancy }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    allowedCopyScope: 'AAD'
    defaultToOAuthAuthentication: true
    isLocalUserEnabled: false
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: privateOnly ? 'Disabled' : 'Enabled'
    supportsHttpsTrafficOnly: true
    encryption: {
      keySource: 'Microsoft.Storage'
      requireInfrastructureEncryption: true
      services: {
        blob: { enabled: true, keyType: 'Account' }
        queue: { enabled: true, keyType: 'Account' }
        table: { enabled: true, keyType: 'Account' }
      }
    }
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: privateOnly ? 'Deny' : 'Allow'
    }
  }
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2026-04-01' = {
  parent: account
  name: 'default'
}

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2026-04-01' = [
  for name in objectKeys(tables): {
    parent: tableService
    name: name
  }
]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2026-04-01' = {
  parent: account
  name: 'default'
}

resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2026-04-01' = [
  for name in concat(queues, poisonQueues): {
    parent: queueService
    name: name
  }
]

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2026-04-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: true
    deleteRetentionPolicy: {
      enabled: true
      days: recoverableDays
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: recoverableDays
    }
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01' = [
  for name in allContainers: {
    parent: blobService
    name: name
    properties: { publicAccess: 'None' }
  }
]

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2026-04-01' = {
  parent: account
  name: 'default'
  dependsOn: [blobService] // versions must be on before a rule can speak of them
  properties: {
    policy: {
      rules: [
        {
          name: 'raw-bodies'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['submissions/']
            }
            actions: {
              baseBlob: { delete: { daysAfterModificationGreaterThan: rawBodyDays } }
            }
          }
        }
        {
          name: 'exports'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['exports/nightly/'] // the tombstones beside them must outlive them
            }
            actions: {
              baseBlob: { delete: { daysAfterModificationGreaterThan: exportDays } }
            }
          }
        }
        {
          // A version is kept of whatever is deleted or overwritten. It must not outlive an erasure.
          name: 'earlier-versions'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'] }
            actions: {
              version: { delete: { daysAfterCreationGreaterThan: 1 } }
            }
          }
        }
      ]
    }
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'keep-${name}'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Tables have no recycle bin: what is deleted with the account comes back from the nightly export only.'
  }
}

// Who opened which table or blob. The app's own calls are left out on the way in (filter.bicep).
resource tableAccess 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: tableService
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageRead', enabled: true }
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

resource blobAccess 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: blobService
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageRead', enabled: true }
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

// Reading is left out: the host asks every queue for messages every few seconds, and they hold ids only.
resource queueAccess 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: queueService
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

output id string = account.id
output name string = account.name
output blobEndpoint string = account.properties.primaryEndpoints.blob
output queueEndpoint string = account.properties.primaryEndpoints.queue
output tableEndpoint string = account.properties.primaryEndpoints.table
