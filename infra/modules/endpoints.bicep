// Private endpoints of storage and vault, with the names by which the app finds them.

@description('Workload and environment, as in the names of all resources.')
param suffix string
@description('Region.')
param location string
@description('Tags of every resource.')
param tags object
@description('Id of the virtual network.')
param networkId string
@description('Id of the subnet for endpoints.')
param subnetId string
@description('Id of the storage account.')
param storageId string
@description('Id of the vault.')
param vaultId string

var endpoints = [
  { part: 'blob', service: storageId, zone: 'privatelink.blob.${environment().suffixes.storage}' }
  { part: 'queue', service: storageId, zone: 'privatelink.queue.${environment().suffixes.storage}' }
  { part: 'table', service: storageId, zone: 'privatelink.table.${environment().suffixes.storage}' }
  { part: 'vault', service: vaultId, zone: 'privatelink.vaultcore.azure.net' }
]

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for each in endpoints: {
    name: each.zone
    location: 'global'
    tags: tags
  }
]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (each, index) in endpoints: {
    parent: zone[index]
    name: 'link-${suffix}'
    location: 'global'
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: networkId }
    }
  }
]

resource endpoint 'Microsoft.Network/privateEndpoints@2025-09-01' = [
  for each in endpoints: {
    name: 'pep-${each.part}-${suffix}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        {
          name: each.part
          properties: {
            #disable-next-line use-resource-id-functions // an output of the module that made it
            privateLinkServiceId: each.service
            groupIds: [each.part]
          }
        }
      ]
    }
  }
]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-09-01' = [
  for (each, index) in endpoints: {
    parent: endpoint[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: each.part
          properties: { privateDnsZoneId: zone[index].id }
        }
      ]
    }
  }
]
