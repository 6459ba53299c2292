// Takes people's links and query strings out of the logs before they are stored. Links in mails are secrets: whoever
// reads one in a log could answer in somebody's place.
//
// The rule needs a workspace to exist, and the workspace is told of the rule afterwards (workspace.bicep), before
// anything can write to it. So the workspace is made here, and left alone if it is there already.

@description('Name of the data collection rule.')
param name string
@description('Name of the Log Analytics workspace.')
param workspaceName string
@description('Region; the same as the workspace.')
param location string
@description('Tags of every resource.')
param tags object
@description('Object id of the app, whose own use of storage is left out of the logs: what people do there is the point.')
param appPrincipalId string

// Every route with a secret in its path. The tests compare this list with the routes of the app.
var secretPaths = [
  '/decisions/'
  '/me/'
  '/checkins/'
  '/partner/'
  '/welcome-back/'
  '/leave/'
  '/join/'
  '/webhooks/'
]

// The transformations know only a part of KQL: there is no replace and no way to take one key out of a bag.
var messageHoldsLink = join(map(secretPaths, path => 'Message contains "${path}"'), ' or ')
var outerHoldsLink = join(map(secretPaths, path => 'OuterMessage contains "${path}"'), ' or ')
var innerHoldsLink = join(map(secretPaths, path => 'InnermostMessage contains "${path}"'), ' or ')
var detailsHoldLink = join(map(secretPaths, path => 'tostring(Details) contains "${path}"'), ' or ')

// A request that meets no function is named by its path, and so are the lines that belong to it.
var operation = 'OperationName = iif(OperationName contains "/", "no function", OperationName)'

var transformations = {
  // Url and the property HttpPath hold the path; the name of the function says which route it was.
  'Microsoft-Table-AppRequests': 'source | extend Name = iif(Name contains "/", "no function", Name), ${operation} | project-away Url, Properties'
  'Microsoft-Table-AppTraces': 'source | extend Message = iif(${messageHoldsLink}, "(a line with a link in it)", Message), ${operation} | project-away Properties'
  'Microsoft-Table-AppExceptions': 'source | extend OuterMessage = iif(${outerHoldsLink}, "(a text with a link in it)", OuterMessage), InnermostMessage = iif(${innerHoldsLink}, "(a text with a link in it)", InnermostMessage), Details = iif(${detailsHoldLink}, parse_json("[]"), Details), ${operation} | project-away Properties'
  'Microsoft-Table-AppDependencies': 'source | extend ${operation} | project-away Data, Properties'
  // Query strings can hold a value that somebody searched for in the portal.
  'Microsoft-Table-StorageTableLogs': 'source | where RequesterObjectId != "${appPrincipalId}" | extend Uri = tostring(split(Uri, "?")[0])'
  'Microsoft-Table-StorageBlobLogs': 'source | where RequesterObjectId != "${appPrincipalId}" | extend Uri = tostring(split(Uri, "?")[0])'
  'Microsoft-Table-StorageQueueLogs': 'source | where RequesterObjectId != "${appPrincipalId}" | extend Uri = tostring(split(Uri, "?")[0])'
}

@onlyIfNotExists()
resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
  }
}

resource rule 'Microsoft.Insights/dataCollectionRules@2024-03-11' = {
  name: name
  location: location
  tags: tags
  kind: 'WorkspaceTransforms'
  properties: {
    dataSources: {}
    destinations: {
      logAnalytics: [
        {
          name: 'workspace'
          workspaceResourceId: workspace.id
        }
      ]
    }
    dataFlows: [
      for flow in items(transformations): {
        streams: [flow.key]
        destinations: ['workspace']
        transformKql: flow.value
      }
    ]
  }
}

output id string = rule.id
