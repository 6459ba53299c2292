// Everything the app needs in Azure, in one resource group that exists already. It composes; each module does one thing.
//
//     az deployment group create -g <resource group> -f infra/main.bicep -p infra/environments/<environment>.bicepparam
//
// or `azd provision`. docs/deploy.md has the whole way, from the first permission to the first programme.
//
// In a given group, because a trust gives a project a group and no subscription. Plain resources with pinned versions of
// their interfaces and no Azure Verified Modules, so that every property can be read here.

targetScope = 'resourceGroup'

@description('What this environment is called; it is part of every name.')
@minLength(2)
@maxLength(8)
param environmentName string

@description('Region. Data about people stays in the United Kingdom; UK West has no zones, so not the redundancy below.')
@allowed(['uksouth'])
param location string = 'uksouth'

@description('The shared mailbox that sends every mail and holds the calendar.')
@minLength(6)
param mailbox string
@description('Tenant of the mailbox, if it is another one than this subscription\'s; empty otherwise. docs/deploy.md begins with it.')
param graphTenantId string = ''
@description('The application that is let in there, registered in either tenant; empty otherwise.')
param graphClientId string = ''
@description('Name of the certificate in the vault, if it is registered there; empty if it is registered here and trusts the managed identity.')
param graphCertificate string = ''
@description('Where people\'s answers to mails go, if not to the mailbox; empty otherwise.')
param replyTo string = ''
@description('Further mailboxes that programmes name, with spaces between them.')
param moreMailboxes string = ''
@description('Where digests for administrators go.')
@minLength(6)
param adminEmail string
@description('Who is told when something is wrong with the app.')
@minLength(6)
param operatorEmail string
@description('The address that stands in mails, such as https://mentoring.example.nhs.uk; empty for the app\'s own address in Azure.')
param publicBaseUrl string = ''
@description('Form providers that are connected, with spaces between them: each has a secret webhook-<provider> in the vault (infra/secrets.sh makes it).')
param connectedForms string = ''

@description('Entra group of the equality team that runs the programmes.')
param administratorsGroup string = ''
@description('Entra group of the few who match pairs: the only people who read lived experience.')
param matchersGroup string = ''
@description('Entra group of the few who arrange access: the only people who open the files of access needs.')
param accessArrangersGroup string = ''
@description('Entra group of the confidential contacts, who read check-ins.')
param contactsGroup string = ''
@description('Entra group of information governance and auditors.')
param auditorsGroup string = ''
@description('Entra group of the people who run the app.')
param operatorsGroup string = ''
#disable-diagnostics secure-secrets-in-params // the id of a group is no secret
@description('Entra group of those who may make and change secrets.')
param secretKeepersGroup string = ''
#restore-diagnostics secure-secrets-in-params
@description('Entra group for the hour of a restore or an import: it reads the exports and raw bodies, and writes every table. Empty in between.')
param restorersGroup string = ''

@description('Memory of an instance.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 512
@description('The most on-demand instances of each group that scales by itself (HTTP, each queue function, each timer). 40 is the least that every region takes.')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 40
@description('Requests that one instance answers at the same time.')
@minValue(1)
@maxValue(100)
param httpConcurrency int = 16
@description('How many instances wait for mail to send, also while nothing is to be done. 0 costs nothing, and after a quiet time the first mail leaves up to a minute later.')
@minValue(0)
param mailboxInstances int = 0
@description('When the tick runs: six fields, UTC.')
param tickSchedule string = '0 */5 * * * *'
@description('When the daily work runs: six fields, UTC.')
param dailySchedule string = '0 0 7 * * *'
@description('Messages that a mailbox sends a minute. Exchange Online takes 30; elsewhere than in production a mistake is to be a small one.')
@minValue(1)
@maxValue(1000)
param messagesPerMinute int = environmentName == 'prod' ? 30 : 5

@description('How many copies of the data there are and where. ZRS: three buildings in one region.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GZRS'])
param redundancy string = 'Standard_ZRS'
@description('Days after which a raw body goes whatever the app knows of it; the app itself deletes it with the person it is of, which is earlier.')
param rawBodyDays int = 365
@description('Days that a nightly export is kept.')
param exportDays int = 35
@description('Days in which a deleted blob can be brought back.')
@minValue(7)
@maxValue(365)
param recoverableDays int = 14
@description('Days in which a deleted vault can be brought back. Production\'s cannot be made to disappear before.')
@minValue(7)
@maxValue(90)
param deletedVaultDays int = environmentName == 'prod' ? 90 : 7
@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logDays int = 90
@description('Gigabytes of logs a day after which nothing more is taken in.')
@minValue(1)
param logDailyCapGb int = 1
@description('Pounds a month after which somebody is told.')
@minValue(1)
param monthlyBudget int = 50

@description('Whether storage and vault are reached through a private network only. People then need it too.')
param privateNetwork bool = false
@description('Addresses of the private network.')
param networkAddresses string = '10.80.0.0/24'

// Names: the Cloud Adoption Framework's abbreviation, the workload, the environment, and a token that makes them unique.
var workload = 'mentoring'
var token = uniqueString(resourceGroup().id, environmentName)
var suffix = '${workload}-${environmentName}'
var names = {
  identity: 'id-${suffix}'
  workspace: 'log-${suffix}'
  filter: 'dcr-${suffix}'
  insights: 'appi-${suffix}'
  vault: 'kv-${environmentName}-${take(token, 10)}' // 24 characters at most
  storage: 'st${workload}${token}' // 24 letters and digits at most
  plan: 'asp-${suffix}'
  app: 'func-${suffix}-${take(token, 5)}'
  actionGroup: 'ag-${suffix}'
  budget: 'budget-${suffix}'
  network: 'vnet-${suffix}'
}
var tags = {
  application: workload
  environment: environmentName
  'azd-env-name': environmentName
}

module identity 'modules/identity.bicep' = {
  params: {
    name: names.identity
    location: location
    tags: tags
  }
}

module filter 'modules/filter.bicep' = {
  params: {
    name: names.filter
    workspaceName: names.workspace
    location: location
    tags: tags
    appPrincipalId: identity.outputs.principalId
  }
}

module workspace 'modules/workspace.bicep' = {
  params: {
    name: names.workspace
    location: location
    tags: tags
    filterId: filter.outputs.id
    retentionDays: logDays
    dailyCapGb: logDailyCapGb
  }
}

module insights 'modules/insights.bicep' = {
  params: {
    name: names.insights
    location: location
    tags: tags
    workspaceId: workspace.outputs.id
  }
}

module vault 'modules/vault.bicep' = {
  params: {
    name: names.vault
    location: location
    tags: tags
    workspaceId: workspace.outputs.id
    privateOnly: privateNetwork
    deletedDays: deletedVaultDays
    keepDeleted: environmentName == 'prod'
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    name: names.storage
    location: location
    tags: tags
    redundancy: redundancy
    workspaceId: workspace.outputs.id
    privateOnly: privateNetwork
    rawBodyDays: rawBodyDays
    exportDays: exportDays
    recoverableDays: recoverableDays
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  params: {
    name: names.network
    location: location
    tags: tags
    addressPrefix: networkAddresses
  }
}

module endpoints 'modules/endpoints.bicep' = if (privateNetwork) {
  params: {
    suffix: suffix
    location: location
    tags: tags
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointSubnetId
    storageId: storage.outputs.id
    vaultId: vault.outputs.id
  }
}

// Names and no outputs for the two modules that say who may do what: what an output will be is known only afterwards, and
// `az deployment group what-if` would then leave out just these.
module access 'modules/access.bicep' = {
  dependsOn: [identity, storage, vault, insights]
  params: {
    identityName: names.identity
    storageName: names.storage
    vaultName: names.vault
    insightsName: names.insights
  }
}

module people 'modules/people.bicep' = {
  dependsOn: [storage, vault, workspace]
  params: {
    groups: {
      administrators: administratorsGroup
      matchers: matchersGroup
      accessArrangers: accessArrangersGroup
      contacts: contactsGroup
      auditors: auditorsGroup
      operators: operatorsGroup
      secretKeepers: secretKeepersGroup
      restorers: restorersGroup
    }
    storageName: names.storage
    vaultName: names.vault
    workspaceName: names.workspace
  }
}

module functionApp 'modules/functionapp.bicep' = {
  dependsOn: [access, endpoints] // an app that starts without its access fails until the next restart
  params: {
    name: names.app
    planName: names.plan
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    blobEndpoint: storage.outputs.blobEndpoint
    queueEndpoint: storage.outputs.queueEndpoint
    tableEndpoint: storage.outputs.tableEndpoint
    vaultUri: vault.outputs.uri
    insightsConnectionString: insights.outputs.connectionString
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    instanceMemoryMB: instanceMemoryMB
    maximumInstances: maximumInstances
    httpConcurrency: httpConcurrency
    publicBaseUrl: publicBaseUrl
    mailboxInstances: mailboxInstances
    graphTenantId: graphTenantId
    graphClientId: graphClientId
    graphCertificate: graphCertificate
    replyTo: replyTo
    mailbox: mailbox
    moreMailboxes: moreMailboxes
    adminEmail: adminEmail
    tablesUrl: '${environment().portal}/#@${tenant().tenantId}/resource${storage.outputs.id}/storagebrowser'
    // The portal has an address for a container, and none for a single table.
    reportsUrl: '${environment().portal}/#view/Microsoft_Azure_Storage/ContainerMenuBlade/~/overview/storageAccountId/${uriComponent(storage.outputs.id)}/path/reports'
    tickSchedule: tickSchedule
    dailySchedule: dailySchedule
    messagesPerMinute: messagesPerMinute
    connectedForms: split(connectedForms, ' ')
  }
}

module alerts 'modules/alerts.bicep' = {
  params: {
    groupName: names.actionGroup
    suffix: suffix
    location: location
    tags: tags
    operatorEmail: operatorEmail
    workspaceId: workspace.outputs.id
    storageId: storage.outputs.id
  }
}

module budget 'modules/budget.bicep' = {
  params: {
    name: names.budget
    monthlyAmount: monthlyBudget
    actionGroupId: alerts.outputs.actionGroupId
    contactEmail: operatorEmail
  }
}

// What the next steps ask for: the package, the secrets, and the Exchange administrator's script.
output AZURE_RESOURCE_GROUP string = resourceGroup().name
output FUNCTION_APP_NAME string = functionApp.outputs.name
output FUNCTION_APP_URL string = functionApp.outputs.url
output STORAGE_ACCOUNT_NAME string = storage.outputs.name
output KEY_VAULT_NAME string = vault.outputs.name
output LOG_WORKSPACE_NAME string = workspace.outputs.name
output IDENTITY_CLIENT_ID string = identity.outputs.clientId
output IDENTITY_OBJECT_ID string = identity.outputs.principalId
output MAILBOX string = mailbox
