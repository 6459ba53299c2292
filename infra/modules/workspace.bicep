// Where logs go: one workspace with a daily cap, read with Entra ID only, and filtered on the way in.

@description('Name of the Log Analytics workspace.')
param name string
@description('Region.')
param location string
@description('Tags of every resource.')
param tags object
@description('Id of the rule that filters what is stored.')
param filterId string
@description('Days that logs are kept.')
param retentionDays int
@description('Gigabytes a day after which nothing more is taken in; logs are the likeliest surprise on the bill.')
param dailyCapGb int

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyCapGb }
    defaultDataCollectionRuleResourceId: filterId
    features: {
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

// Who asked the logs what.
resource questions 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: workspace
  properties: {
    workspaceId: workspace.id
    logs: [
      {
        category: 'Audit'
        enabled: true
      }
    ]
  }
}

output id string = workspace.id
output name string = workspace.name
