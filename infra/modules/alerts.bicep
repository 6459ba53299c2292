// What wakes an operator. Each alert has a section in docs/operations.md that says what it means and what to do. The
// tests check that functions and log lines named here exist in the code.

@description('Name of the action group.')
param groupName string
@description('Suffix of every alert\'s name.')
param suffix string
@description('Region of the log alerts.')
param location string
@description('Tags of every resource.')
param tags object
@description('Who is told by mail.')
param operatorEmail string
@description('Id of the Log Analytics workspace.')
param workspaceId string
@description('Id of the storage account.')
param storageId string

// Anybody can send a body that is too large, too slow or broken off, and the Functions host calls each a failed
// invocation: it fails while it binds the parameter that holds the request. That must not wake anybody.
var brokenRequests = 'AppExceptions | where InnermostType has_any ("BadHttpRequestException", "ConnectionResetException", "ConnectionAbortedException") or tostring(Details) contains "binding parameter \'req\'"'

// One entry for each alert on the logs: it fires when the query finds more than `above` rows in the last `window`.
var logAlerts = [
  {
    name: 'poison-queue'
    title: 'A message has failed five times'
    severity: 2
    every: 'PT5M'
    window: 'PT15M'
    above: 0
    // The app takes messages out of its poison queues itself, so the functions that do it are what can be seen.
    query: 'AppRequests | where Name in ("set_aside_submission", "note_failing_mailbox", "note_failing_pairs")'
  }
  {
    name: 'parked'
    title: 'A submission, mail or calendar event is parked until a person looks at it'
    severity: 2
    every: 'PT15M'
    window: 'PT15M'
    above: 0
    query: 'AppTraces | where Message has "parked"'
  }
  {
    name: 'outbox-behind'
    title: 'Mail has waited for more than 8 minutes'
    severity: 2
    every: 'PT5M'
    window: 'PT10M'
    above: 0
    query: 'AppTraces | where Message has "outbox is behind"'
  }
  {
    name: 'tick-missing'
    title: 'The tick has not run for 20 minutes'
    severity: 1
    every: 'PT5M'
    window: 'PT1H'
    above: 0
    query: 'AppRequests | where Name == "tick" and Success == true | summarize Last = max(TimeGenerated) | where isnull(Last) or Last < ago(20m)'
  }
  {
    name: 'daily-missing'
    title: 'The daily work has not run for 26 hours'
    severity: 2
    every: 'PT1H'
    window: 'P2D'
    above: 0
    query: 'AppRequests | where Name == "daily" and Success == true | summarize Last = max(TimeGenerated) | where isnull(Last) or Last < ago(26h)'
  }
  {
    name: 'export-missing'
    title: 'No export of the tables has become whole for 30 hours'
    severity: 2
    every: 'PT1H'
    window: 'P2D'
    above: 0
    query: 'AppTraces | where Message has "export whole" | summarize Last = max(TimeGenerated) | where isnull(Last) or Last < ago(30h)'
  }
  {
    name: 'wrong-key'
    title: 'TOKEN_KEY is not the one that references were made with: nothing is taken in'
    severity: 1
    every: 'PT5M'
    window: 'PT10M'
    above: 0
    query: 'AppTraces | where Message has "TOKEN_KEY is not the one"'
  }
  {
    name: 'rows-missing'
    title: 'A table has lost most of its rows'
    severity: 1
    every: 'PT15M'
    window: 'PT30M'
    above: 0
    query: 'AppTraces | where Message has "far fewer rows"'
  }
  {
    name: 'failed-functions'
    title: 'Functions fail again and again'
    severity: 2
    every: 'PT15M'
    window: 'PT15M'
    above: 2 // one or two are storage that was slow for a moment; the next try made it good
    query: 'AppRequests | where Success == false and Name != "no function" | join kind=leftanti (${brokenRequests}) on OperationId'
  }
  {
    name: 'webhook-not-stored'
    title: 'A form was sent and could not be stored'
    severity: 1
    every: 'PT5M'
    window: 'PT5M'
    above: 0
    query: 'AppTraces | where Message has "webhook not stored"'
  }
  {
    name: 'log-cap'
    title: 'The daily cap of the logs is reached: until it is reset no other alert on logs can fire'
    severity: 2
    every: 'PT1H'
    window: 'PT1H'
    above: 0
    query: '_LogOperation | where Category =~ "Ingestion" and Detail contains "OverQuota"'
  }
]

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: groupName
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'mentoring'
    enabled: true
    emailReceivers: [
      {
        name: 'operators'
        emailAddress: operatorEmail
        useCommonAlertSchema: true
      }
    ]
  }
}

resource onLogs 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for alert in logAlerts: {
    name: '${alert.name}-${suffix}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${alert.title} (${suffix})'
      description: 'See "What each alert means" in docs/operations.md: ${alert.name}.'
      severity: alert.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: alert.every
      windowSize: alert.window
      skipQueryValidation: true // on the first day the tables are not there yet
      autoMitigate: true
      criteria: {
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            query: alert.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: alert.above
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: { actionGroups: [operators.id] }
    }
  }
]

resource throttled 'Microsoft.Insights/metricAlerts@2026-01-01' = {
  name: 'storage-throttled-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    description: 'See "What each alert means" in docs/operations.md: storage-throttled.'
    severity: 2
    enabled: true
    scopes: [storageId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'throttled'
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: 'Microsoft.Storage/storageAccounts'
          metricName: 'Transactions'
          dimensions: [
            {
              name: 'ResponseType'
              operator: 'Include'
              values: ['ServerBusyError', 'ClientThrottlingError', 'ClientAccountRequestThrottlingError']
            }
          ]
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 20
        }
      ]
    }
    actions: [
      { actionGroupId: operators.id }
    ]
  }
}

output actionGroupId string = operators.id
