#Requires -Version 5.1
#Requires -Modules ExchangeOnlineManagement

<#
.SYNOPSIS
Proves that the mentoring app reaches its mailbox and does not reach another one.

.DESCRIPTION
Changes nothing. Ends with 0 if the app has its three roles over its mailbox and over nothing else, and with 1
otherwise, saying what is wrong.

Permissions granted in Entra ID add to those of Exchange and reach every mailbox of the tenant, so they are looked for
too. That needs the module Microsoft.Graph.Applications and Connect-MgGraph -Scopes Application.Read.All; without it the
script says that it could not look, and ends with 1. Use -SkipEntra if somebody else has looked.

.PARAMETER ObjectId
Object id of the managed identity.

.PARAMETER Mailbox
The mailboxes that the app must reach.

.PARAMETER OtherMailbox
Any mailbox that it must not reach, such as your own.

.EXAMPLE
./Test-MailboxAccess.ps1 -ObjectId 2222... -Mailbox reverse.mentoring@example.nhs.uk -OtherMailbox you@example.nhs.uk
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [guid] $ObjectId,
    [Parameter(Mandatory)] [string[]] $Mailbox,
    [Parameter(Mandatory)] [string] $OtherMailbox,
    [switch] $SkipEntra
)

$ErrorActionPreference = 'Stop'
$roles = 'Application Mail.ReadWrite', 'Application Mail.Send', 'Application Calendars.ReadWrite'
$graph = '00000003-0000-0000-c000-000000000000'
$exchange = '00000002-0000-0ff1-ce00-000000000000'
$wrong = @()

foreach ($each in $Mailbox) {
    $held = Test-ServicePrincipalAuthorization -Identity $ObjectId -Resource $each
    $held | Format-Table -Property 'RoleName', 'AllowedResourceScope', 'InScope' | Out-String | Write-Output
    foreach ($role in $roles) {
        if (-not ($held | Where-Object { $_.RoleName -eq $role -and $_.InScope })) {
            $wrong += "${each}: the app does not have '$role'. Run Grant-MailboxAccess.ps1."
        }
    }
    foreach ($more in $held | Where-Object { $_.InScope -and $_.RoleName -notin $roles }) {
        $wrong += "${each}: the app has '$($more.RoleName)', which it does not need."
    }
}

foreach ($reached in Test-ServicePrincipalAuthorization -Identity $ObjectId -Resource $OtherMailbox | Where-Object InScope) {
    $wrong += "${OtherMailbox}: the app reaches it with '$($reached.RoleName)'. The scope '$($reached.AllowedResourceScope)' is too wide."
}

if ($SkipEntra) {
    Write-Warning 'Permissions granted in Entra ID were not looked for.'
}
elseif (-not (Get-Command Get-MgServicePrincipalAppRoleAssignment -ErrorAction SilentlyContinue) -or -not (Get-MgContext)) {
    $wrong += 'Permissions granted in Entra ID could not be looked for: install Microsoft.Graph.Applications and run Connect-MgGraph -Scopes Application.Read.All.'
}
else {
    $names = @{}
    foreach ($api in $graph, $exchange) {
        foreach ($role in (Get-MgServicePrincipal -Filter "appId eq '$api'").AppRoles) { $names["$($role.Id)"] = $role.Value }
    }
    foreach ($grant in Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $ObjectId -All) {
        $name = $names["$($grant.AppRoleId)"]
        if ($name -match '^(Mail|Calendars|MailboxSettings|MailboxFolder|MailboxItem|Contacts)\.|^full_access_as_app$') {
            $wrong += "Entra ID grants '$name' over EVERY mailbox of the tenant. Remove it: Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $ObjectId -AppRoleAssignmentId $($grant.Id)"
        }
    }
}

if ($wrong) {
    $wrong | ForEach-Object { Write-Warning $_ }
    exit 1
}
Write-Output "Proved: the app reaches $($Mailbox -join ', '), and not $OtherMailbox."
exit 0
