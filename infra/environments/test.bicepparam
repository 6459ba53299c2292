// The test system: made-up people only, one copy of the data, and nobody but the people who run the app.
using '../main.bicep'

param environmentName = 'test'
param mailbox = readEnvironmentVariable('MAILBOX')
param adminEmail = readEnvironmentVariable('ADMIN_EMAIL')
param operatorEmail = readEnvironmentVariable('OPERATOR_EMAIL')
param connectedForms = readEnvironmentVariable('CONNECTED_FORMS', '')

param administratorsGroup = readEnvironmentVariable('ADMINISTRATORS_GROUP', '')
param operatorsGroup = readEnvironmentVariable('OPERATORS_GROUP', '')
param secretKeepersGroup = readEnvironmentVariable('SECRET_KEEPERS_GROUP', '')

param redundancy = 'Standard_LRS'
param maximumInstances = 40 // some regions refuse fewer
param messagesPerMinute = 5 // so that a mistake in the test system is a small one
param recoverableDays = 7
param logDays = 30
param monthlyBudget = 20
