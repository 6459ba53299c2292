// Everything at once, for the tests: a private network, every group, every form provider. Never deployed.
using '../../infra/main.bicep'

param environmentName = 'all'
param mailbox = 'mentoring@example.nhs.uk'
param moreMailboxes = 'second.programme@example.nhs.uk'
param adminEmail = 'equality.team@example.nhs.uk'
param operatorEmail = 'operators@example.nhs.uk'
param publicBaseUrl = 'https://mentoring.example.nhs.uk'
param connectedForms = 'standard msforms typeform tally jotform google smartsurvey gravity'

param administratorsGroup = 'administrators'
param matchersGroup = 'matchers'
param contactsGroup = 'contacts'
param auditorsGroup = 'auditors'
param operatorsGroup = 'operators'
param secretKeepersGroup = 'secretKeepers'
param restorersGroup = 'restorers'

param privateNetwork = true
