#Requires -Version 5.1
#Requires -Modules ExchangeOnlineManagement

<#
.SYNOPSIS
Lets the mentoring app use its own shared mailbox, and no other.

.DESCRIPTION
Gives the app's managed identity three application roles of Exchange Online (RBAC for Applications) over a scope that
holds the named mailboxes and nothing else. Running it again changes only what differs: with another list of mailboxes,
the scope becomes that list. Connect first: Connect-ExchangeOnline.

Prove it afterwards with Test-MailboxAccess.ps1. Take it back with Revoke-MailboxAccess.ps1.

.PARAMETER AppId
Client id of the managed identity; the deployment's output IDENTITY_CLIENT_ID.

.PARAMETER ObjectId
Object id of the managed identity (the enterprise application, not an app registration); the deployment's output
IDENTITY_OBJECT_ID.

.PARAMETER Mailbox
Primary address of the shared mailbox; several, if programmes have mailboxes of their own.

.EXAMPLE
./Grant-MailboxAccess.ps1 -AppId 1111... -ObjectId 2222... -Mailbox reverse.mentoring@example.nhs.uk -WhatIf
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [guid] $AppId,
    [Parameter(Mandatory)] [guid] $ObjectId,
    [Parameter(Mandatory)] [string[]] $Mailbox,
    [string] $Name = 'Mentoring pipeline'
)

$ErrorActionPreference = 'Stop'
$roles = 'Application Mail.ReadWrite', 'Application Mail.Send', 'Application Calendars.ReadWrite'

# A mistyped address would make a scope that holds nobody, and the app would be refused without a word why.
$addresses = foreach ($each in $Mailbox) {
    $found = Get-EXOMailbox -Identity $each
    if ($found.RecipientTypeDetails -ne 'SharedMailbox') {
        throw "$each is a $($found.RecipientTypeDetails), not a shared mailbox. The app must never reach a person's own mailbox."
    }
    $found.PrimarySmtpAddress
}
$filter = ($addresses | ForEach-Object { "PrimarySmtpAddress -eq '$($_ -replace "'", "''")'" }) -join ' -or '

$principal = Get-ServicePrincipal | Where-Object { $_.AppId -eq $AppId }
if (-not $principal) {
    if ($PSCmdlet.ShouldProcess($Name, 'Make the identity known to Exchange')) {
        New-ServicePrincipal -AppId $AppId -ObjectId $ObjectId -DisplayName $Name | Out-Null
    }
}
elseif ([guid] $principal.ObjectId -ne $ObjectId) {
    throw "Exchange knows this AppId with another object id ($($principal.ObjectId)). Was the identity made again? Run Revoke-MailboxAccess.ps1 first."
}

$scope = Get-ManagementScope -Identity $Name -ErrorAction SilentlyContinue
if (-not $scope) {
    if ($PSCmdlet.ShouldProcess($Name, "Make the scope: $filter")) {
        New-ManagementScope -Name $Name -RecipientRestrictionFilter $filter | Out-Null
    }
}
elseif ($PSCmdlet.ShouldProcess($Name, "Set the scope: $filter")) {
    Set-ManagementScope -Identity $Name -RecipientRestrictionFilter $filter
}

foreach ($role in $roles) {
    $assignment = "$Name - $role"
    if (Get-ManagementRoleAssignment -Identity $assignment -ErrorAction SilentlyContinue) { continue }
    if ($PSCmdlet.ShouldProcess($assignment, 'Give the role over the scope')) {
        New-ManagementRoleAssignment -Name $assignment -App $ObjectId -Role $role -CustomResourceScope $Name | Out-Null
    }
}

Write-Output "Done. The app may use: $($addresses -join ', ')."
Write-Output 'It can take two hours until the app notices. Prove it now with Test-MailboxAccess.ps1.'
