// Says by mail when a month costs more than was meant. It stops nothing: an app that stops taking applications to save
// a pound would be the dearer failure.
//
// Azure refuses to change the first day of a budget, and refuses a first day in the past when it makes one. So it is made
// once and then left alone, or every deployment after the first month would fail. To change an amount, delete it first.

@description('Name of the budget.')
param name string
@description('Pounds a month.')
param monthlyAmount int
@description('Id of the action group that is told.')
param actionGroupId string
@description('Who is told by mail.')
param contactEmail string
@description('First day of the first month.')
param startDate string = utcNow('yyyy-MM-01')

@onlyIfNotExists()
resource budget 'Microsoft.Consumption/budgets@2026-06-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: monthlyAmount
    timeGrain: 'Monthly'
    timePeriod: { startDate: startDate }
    notifications: {
      mostSpent: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: [contactEmail]
        contactGroups: [actionGroupId]
      }
      moreExpected: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: [contactEmail]
        contactGroups: [actionGroupId]
      }
    }
  }
}
