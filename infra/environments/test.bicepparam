// The test system: made-up people only, one copy of the data, and nobody but the people who run the app.
using '../main.bicep'

param environmentName = 'test'
param mailbox = readEnvironmentVariable('MAILBOX')
param moreMailboxes = readEnvironmentVariable('MORE_MAILBOXES', '')
param graphTenantId = readEnvironmentVariable('GRAPH_TENANT_ID', '')
param graphClientId = readEnvironmentVariable('GRAPH_CLIENT_ID', '')
param graphCertificate = readEnvironmentVariable('GRAPH_CERTIFICATE', '')
param replyTo = readEnvironmentVariable('REPLY_TO', '')
param adminEmail = readEnvironmentVariable('ADMIN_EMAIL')
param operatorEmail = readEnvironmentVariable('OPERATOR_EMAIL')
param publicBaseUrl = readEnvironmentVariable('PUBLIC_BASE_URL', '')
param connectedForms = readEnvironmentVariable('CONNECTED_FORMS', '')

param administratorsGroup = readEnvironmentVariable('ADMINISTRATORS_GROUP', '')
param matchersGroup = readEnvironmentVariable('MATCHERS_GROUP', '')
param accessArrangersGroup = readEnvironmentVariable('ACCESS_ARRANGERS_GROUP', '')
param contactsGroup = readEnvironmentVariable('CONTACTS_GROUP', '')
param auditorsGroup = readEnvironmentVariable('AUDITORS_GROUP', '')
param operatorsGroup = readEnvironmentVariable('OPERATORS_GROUP', '')
param secretKeepersGroup = readEnvironmentVariable('SECRET_KEEPERS_GROUP', '')
param restorersGroup = readEnvironmentVariable('RESTORERS_GROUP', '')

param redundancy = 'Standard_LRS'
param maximumInstances = 40 // some regions refuse fewer
param messagesPerMinute = 5 // so that a mistake in the test system is a small one
param recoverableDays = 7
param logDays = 30
param monthlyBudget = 20
