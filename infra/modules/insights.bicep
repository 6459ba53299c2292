// Application Insights on the workspace. It takes telemetry from the app's identity only: the key in the connection
// string opens nothing.

@description('Name of the component.')
param name string
@description('Region.')
param location string
@description('Tags of every resource.')
param tags object
@description('Id of the Log Analytics workspace.')
param workspaceId string

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: name
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspaceId
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: true
    DisableIpMasking: false
  }
}

output name string = component.name
output connectionString string = component.properties.ConnectionString
