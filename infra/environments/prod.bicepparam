// Production. What belongs to the trust (mailbox, addresses, groups) comes from the environment of whoever deploys; what
// was decided about the system stands here.
using '../main.bicep'

param environmentName = 'prod'
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

param administratorsGroup = readEnvironmentVariable('ADMINISTRATORS_GROUP')
param matchersGroup = readEnvironmentVariable('MATCHERS_GROUP')
param accessArrangersGroup = readEnvironmentVariable('ACCESS_ARRANGERS_GROUP', '')
param contactsGroup = readEnvironmentVariable('CONTACTS_GROUP')
param auditorsGroup = readEnvironmentVariable('AUDITORS_GROUP')
param operatorsGroup = readEnvironmentVariable('OPERATORS_GROUP')
param secretKeepersGroup = readEnvironmentVariable('SECRET_KEEPERS_GROUP')
param restorersGroup = readEnvironmentVariable('RESTORERS_GROUP', '')

param redundancy = 'Standard_ZRS'
param maximumInstances = 40
param messagesPerMinute = 30
param recoverableDays = 14
param logDays = 90
param monthlyBudget = 50
