// Everything at once, for the tests: a private network, every group, every form provider. Never deployed.
using '../../infra/main.bicep'

param environmentName = 'all'
param mailbox = 'mentoring@example.nhs.uk'
param moreMailboxes = 'second.programme@example.nhs.uk'
param adminEmail = 'equality.team@example.nhs.uk'
param operatorEmail = 'operators@example.nhs.uk'
param graphTenantId = '33333333-3333-4333-8333-333333333333'
param graphClientId = '44444444-4444-4444-8444-444444444444'
param graphCertificate = 'graph-mailbox'
param replyTo = 'equality.team@example.nhs.uk'
param mailboxInstances = 1
param publicBaseUrl = 'https://mentoring.example.nhs.uk'
param connectedForms = 'standard msforms typeform tally jotform google smartsurvey gravity'

param administratorsGroup = 'administrators'
param matchersGroup = 'matchers'
param accessArrangersGroup = 'accessArrangers'
param contactsGroup = 'contacts'
param auditorsGroup = 'auditors'
param operatorsGroup = 'operators'
param secretKeepersGroup = 'secretKeepers'
param restorersGroup = 'restorers'

param privateNetwork = true
