// A network for storage and vault, for trusts whose policy forbids public endpoints. The app itself stays public: form
// providers, applicants and managers come from anywhere.

@description('Name of the virtual network.')
param name string
@description('Region.')
param location string
@description('Tags of every resource.')
param tags object
@description('Addresses of the network; a /24 is plenty.')
param addressPrefix string

resource network 'Microsoft.Network/virtualNetworks@2025-09-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'snet-app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          delegations: [
            {
              name: 'flex'
              properties: { serviceName: 'Microsoft.App/environments' }
            }
          ]
        }
      }
      {
        name: 'snet-endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 1)
          privateEndpointNetworkPolicies: 'Enabled'
        }
      }
    ]
  }
}

output id string = network.id
output appSubnetId string = '${network.id}/subnets/snet-app'
output endpointSubnetId string = '${network.id}/subnets/snet-endpoints'
