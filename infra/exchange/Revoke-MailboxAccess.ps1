#Requires -Version 5.1
#Requires -Modules ExchangeOnlineManagement

<#
.SYNOPSIS
Takes back everything that Grant-MailboxAccess.ps1 gave.

.DESCRIPTION
Removes the role assignments, then the scope, then what Exchange knows of the identity. Mailboxes, mails and calendar
events stay as they are. What is gone already is passed over. Afterwards the app's mail waits in its outbox; nothing is
lost, and it goes on when the access is granted again.

.PARAMETER AppId
Client id of the managed identity.

.EXAMPLE
./Revoke-MailboxAccess.ps1 -AppId 1111...
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
param(
    [Parameter(Mandatory)] [guid] $AppId,
    [string] $Name = 'Mentoring pipeline'
)

$ErrorActionPreference = 'Stop'
$roles = 'Application Mail.ReadWrite', 'Application Mail.Send', 'Application Calendars.ReadWrite'

foreach ($role in $roles) {
    $assignment = "$Name - $role"
    if (-not (Get-ManagementRoleAssignment -Identity $assignment -ErrorAction SilentlyContinue)) { continue }
    if ($PSCmdlet.ShouldProcess($assignment, 'Take the role back')) {
        Remove-ManagementRoleAssignment -Identity $assignment -Confirm:$false
    }
}

if (Get-ManagementScope -Identity $Name -ErrorAction SilentlyContinue) {
    if ($PSCmdlet.ShouldProcess($Name, 'Remove the scope')) {
        Remove-ManagementScope -Identity $Name -Confirm:$false
    }
}

$principal = Get-ServicePrincipal | Where-Object { $_.AppId -eq $AppId }
if ($principal -and $PSCmdlet.ShouldProcess($Name, 'Have Exchange forget the identity')) {
    Remove-ServicePrincipal -Identity $principal.ObjectId -Confirm:$false
}

Write-Output 'Done. It can take two hours until the app notices.'
