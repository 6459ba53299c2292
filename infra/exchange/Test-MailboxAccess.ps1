#Requires -Version 5.1
#Requires -Modules ExchangeOnlineManagement

<#
.SYNOPSIS
Proves that the mentoring app reaches its mailbox and does not reach another one.

.DESCRIPTION
Changes nothing. Lists what it looked at, and proves only what it has seen:

0  proved: all of it was read, the app has its three roles over its mailboxes, and nothing over anything else
1  not proved: something is wrong, or something could not be read; it says what, and what to do
2  only the part in Exchange Online is right, because -SkipEntra left out the other

Permissions granted in Entra ID add to those of Exchange and reach every mailbox of the tenant, so they are looked for
too. That needs the module Microsoft.Graph.Applications and Connect-MgGraph -Scopes Application.Read.All.

.PARAMETER ObjectId
Object id of the managed identity.

.PARAMETER Mailbox
The mailboxes that the app must reach.

.PARAMETER OtherMailbox
Any mailbox that it must not reach, such as your own.

.PARAMETER SkipEntra
Leaves Entra ID to somebody else, who runs the script without it.

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
$PSDefaultParameterValues = @{ '*:ErrorAction' = 'Stop' }
$roles = 'Application Mail.ReadWrite', 'Application Mail.Send', 'Application Calendars.ReadWrite'
$apis = [ordered]@{
    '00000003-0000-0000-c000-000000000000' = 'Microsoft Graph'
    '00000002-0000-0ff1-ce00-000000000000' = 'Office 365 Exchange Online'
}
# Roles of Graph over every mailbox, and those by which an app could give them to itself.
$wide = '^(Mail|Calendars|Contacts|full_access)|^(Application|AppRoleAssignment|RoleManagement)\.ReadWrite'
$connect = 'Run Connect-ExchangeOnline in the tenant of the mailbox, as a member of Organization Management.'
$connectGraph = 'Install Microsoft.Graph.Applications and run Connect-MgGraph -Scopes Application.Read.All.'
$seen = @()
$unseen = @()
$wrong = @()

# Every call goes through here. Exchange's and Graph's cmdlets are functions of script modules, which no preference of a
# script reaches: what one of them refused would be printed, and count as "nothing found".
function Read-Answer([scriptblock] $Call) {
    $answer = @(& $Call 2>&1)
    $refused = @($answer | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
    if ($refused) { throw $refused[0] }
    $answer
}

# One mailbox that exists; what Exchange says of one that does not proves nothing.
function Find-Mailbox([string] $Address) {
    try { $found = @(Read-Answer { Get-EXOMailbox -Identity $Address }) }
    catch {
        if ("$($_.FullyQualifiedErrorId) $($_.Exception.Message)" -notmatch 'NotFound|not found|n.t be found|n.t exist') { throw }
        $found = @()
    }
    if ($found.Count -eq 0) { throw 'this address is unknown: Exchange has no mailbox with it.' }
    if ($found.Count -gt 1) { throw "this is not one mailbox but $($found.Count)." }
    "$($found[0].PrimarySmtpAddress)"
}

# 'True', 'False', or whatever else is there instead: InScope is a text with three values, or a Boolean.
function Get-Scope($Row) { "$($Row.InScope)" }

function Read-Authorization([string] $Address) {
    $rows = @(Read-Answer { Test-ServicePrincipalAuthorization -Identity $ObjectId -Resource $Address })
    foreach ($row in $rows) {
        if ((Get-Scope $row) -notin 'True', 'False') { throw "Exchange did not test '$($row.RoleName)': InScope is '$($row.InScope)'." }
    }
    $rows
}

$tested = @()
foreach ($each in $Mailbox) {
    try {
        $address = Find-Mailbox $each
        $rows = @(Read-Authorization $address)
    }
    catch {
        $unseen += "the mailbox ${each}: $($_.Exception.Message) $connect"
        continue
    }
    $tested += $address
    foreach ($role in $roles) {
        $right = @($rows | Where-Object { $_.RoleName -eq $role -and (Get-Scope $_) -eq 'True' }).Count -gt 0
        $seen += "the mailbox ${each}: '$role' is $(if ($right) { 'held' } else { 'NOT held' })"
        if (-not $right) { $wrong += "${each}: the app does not have '$role'. Run Grant-MailboxAccess.ps1." }
    }
    foreach ($more in $rows | Where-Object { (Get-Scope $_) -eq 'True' -and $_.RoleName -notin $roles }) {
        $seen += "the mailbox ${each}: '$($more.RoleName)' is held"
        $wrong += "${each}: the app has '$($more.RoleName)', which it does not need."
    }
}

try {
    $address = Find-Mailbox $OtherMailbox
    if ($address -in $tested) { throw 'this is one of the mailboxes that the app must reach. Name another one, such as your own.' }
    $rows = @(Read-Authorization $address)
    $unsaid = @($roles | Where-Object { $_ -notin $rows.RoleName })
    if ($unsaid) { throw "Exchange says nothing about '$($unsaid -join "', '")' there." }
    $reached = @($rows | Where-Object { (Get-Scope $_) -eq 'True' })
    $seen += "the other mailbox ${OtherMailbox}: $(if ($reached) { 'REACHED' } else { 'not reached' }) by the $($rows.Count) roles that the app has"
    foreach ($each in $reached) {
        $wrong += "${OtherMailbox}: the app reaches it with '$($each.RoleName)'. The scope '$($each.AllowedResourceScope)' is too wide."
    }
}
catch {
    $unseen += "the other mailbox ${OtherMailbox}: $($_.Exception.Message) $connect"
}

if (-not $SkipEntra) {
    try {
        if (-not (Get-Command Get-MgServicePrincipalAppRoleAssignment -ErrorAction SilentlyContinue)) { throw 'the module is not there.' }
        if (-not (Read-Answer { Get-MgContext })) { throw 'you are not connected.' }
        $names = @{}
        foreach ($api in $apis.Keys) {
            $known = @((Read-Answer { Get-MgServicePrincipal -Filter "appId eq '$api'" }).AppRoles | Where-Object { $_ })
            if ($known.Count -eq 0) { throw "the permissions of $($apis[$api]) could not be read." }
            foreach ($role in $known) { $names["$($role.Id)"] = @{ Name = "$($role.Value)"; Wide = $api -notlike '00000003*' -or $role.Value -match $wide } }
        }
        $grants = @(Read-Answer { Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $ObjectId -All })
        foreach ($grant in $grants) {
            $granted = $names["$($grant.AppRoleId)"]
            $remove = "Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $ObjectId -AppRoleAssignmentId $($grant.Id)"
            if (-not $granted) { $wrong += "Entra ID grants something that has no name here ($($grant.AppRoleId) of '$($grant.ResourceDisplayName)'). The app needs nothing there. Look at it, or remove it: $remove" }
            elseif ($granted.Wide) { $wrong += "Entra ID grants '$($granted.Name)' over EVERY mailbox of the tenant. Remove it: $remove" }
        }
        $seen += "Entra ID: $($names.Count) permissions of $($apis.Count) services; the app has $($grants.Count) in all"
    }
    catch {
        $unseen += "permissions granted in Entra ID: $($_.Exception.Message) $connectGraph"
    }
}

Write-Output 'Looked at:'
$seen | ForEach-Object { Write-Output "  $_" }
if ($unseen) {
    Write-Output 'Could not be read:'
    $unseen | ForEach-Object { Write-Warning $_ }
}
if ($wrong) {
    Write-Output 'Wrong:'
    $wrong | ForEach-Object { Write-Warning $_ }
}
if ($unseen -or $wrong) {
    Write-Output 'NOT PROVED. Put right what is said above and run this again.'
    exit 1
}
if ($SkipEntra) {
    Write-Output "In Exchange Online it is right, but this is no proof: permissions granted in Entra ID were left out. Have somebody run this without -SkipEntra."
    exit 2
}
Write-Output "Proved: the app reaches $($Mailbox -join ', '), and not $OtherMailbox."
exit 0
