// The app's one identity: it has no password or key that could be lost.

@description('Name of the user-assigned managed identity.')
param name string
@description('Region.')
param location string
@description('Tags of every resource.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

output id string = identity.id
output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
