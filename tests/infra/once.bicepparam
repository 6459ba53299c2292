// What is made once for an environment, for the tests.
using '../../infra/once.bicep'

param environmentName = 'prod'
param repository = 'example/mentoring'
param location = 'uksouth'
