#Requires -Version 5.1
#Requires -Modules ExchangeOnlineManagement

<#
.SYNOPSIS
Lets the mentoring app use its own shared mailbox, and no other.

.DESCRIPTION
Gives the app's managed identity three application roles of Exchange Online (RBAC for Applications) over a scope that
holds the named mailboxes and nothing else. Running it again changes only what differs: with another list of mailboxes,
the scope becomes that list. Connect first: Connect-ExchangeOnline.

Ends with 0 once Exchange shows everything as it should be. If Exchange refuses anything, it ends with 1 and says which
step it was, what had been carried out before, and what to do; running it again goes on from there.

Prove it afterwards with Test-MailboxAccess.ps1. Take it back with Revoke-MailboxAccess.ps1.

.PARAMETER AppId
Client id of the managed identity; the deployment's output IDENTITY_CLIENT_ID.

.PARAMETER ObjectId
Object id of the managed identity (the enterprise application, not an app registration); the deployment's output
IDENTITY_OBJECT_ID.

.PARAMETER Mailbox
Primary address of the shared mailbox; several, if programmes have mailboxes of their own.

.PARAMETER AllowUserMailbox
Also takes a user mailbox: an application account, which no person reads, where the organisation gives those to programs.

.EXAMPLE
./Grant-MailboxAccess.ps1 -AppId 1111... -ObjectId 2222... -Mailbox reverse.mentoring@example.nhs.uk -WhatIf
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [guid] $AppId,
    [Parameter(Mandatory)] [guid] $ObjectId,
    [Parameter(Mandatory)] [string[]] $Mailbox,
    [string] $Name = 'Mentoring pipeline',
    [switch] $AllowUserMailbox
)

$ErrorActionPreference = 'Stop'
$PSDefaultParameterValues = @{ '*:ErrorAction' = 'Stop' }
$roles = 'Application Mail.ReadWrite', 'Application Mail.Send', 'Application Calendars.ReadWrite'
$step = 'begin'
$todo = ''
$carriedOut = @()

# Every call to Exchange goes through here. Its cmdlets are functions of a script module, which no preference of a script
# reaches: what one of them refused would be printed, and the script would go on as if nothing were wrong.
function Invoke-Step([string] $What, [string] $Todo, [scriptblock] $Call) {
    $script:step = $What
    $script:todo = $Todo
    $answer = @(& $Call 2>&1)
    $refused = @($answer | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
    if ($refused) { throw $refused[0] }
    $answer
}

trap {
    Write-Warning "STOPPED, nothing is finished. It was to: $step."
    Write-Warning "The answer was: $($_.Exception.Message)"
    Write-Warning "Carried out before that: $(if ($carriedOut) { $carriedOut -join '; ' } else { 'nothing' })."
    Write-Warning "What to do: $todo"
    exit 1
}

$connect = 'run Connect-ExchangeOnline in the tenant of the mailbox, as a member of Organization Management, then this script again.'
$again = 'you need the role group Organization Management. Run this script again: it goes on from here.'
$planned = @()
$declined = @()

# Says with -WhatIf what would be done, and remembers what was not.
function Test-Wanted([string] $Target, [string] $What) {
    if ($script:PSCmdlet.ShouldProcess($Target, $What)) { return $true }
    if ($WhatIfPreference) { $script:planned += "$What ($Target)" } else { $script:declined += "$What ($Target)" }
    $false
}

# A mistyped address would make a scope that holds nobody, and the app would be refused without a word why.
$addresses = @(foreach ($each in $Mailbox) {
    try {
        $found = @(Invoke-Step "look up the mailbox $each" $connect { Get-EXOMailbox -Identity $each })
    }
    catch {
        if ("$($_.FullyQualifiedErrorId) $($_.Exception.Message)" -notmatch 'NotFound|not found|n.t be found|n.t exist') { throw }
        $found = @()
    }
    $todo = 'compare the address with the one in the Exchange admin centre; nothing was changed.'
    if ($found.Count -eq 0) { throw "$each is unknown: Exchange has no mailbox with this address." }
    if ($found.Count -gt 1) { throw "$each is not one mailbox but $($found.Count): $($found.PrimarySmtpAddress -join ', ')." }
    $kind = "$($found[0].RecipientTypeDetails)"
    if ($kind -eq 'UserMailbox' -and $AllowUserMailbox) {
        Write-Warning "$each is a user mailbox. The app will read all of it: make sure that it is an application account, and no person's."
    }
    elseif ($kind -ne 'SharedMailbox') {
        throw "$each is a $kind, not a shared mailbox. The app must never reach a person's own mailbox."
    }
    "$($found[0].PrimarySmtpAddress)"
})
$filter = ($addresses | ForEach-Object { "PrimarySmtpAddress -eq '$($_ -replace "'", "''")'" }) -join ' -or '

# Each list is read whole and looked through here: asked for one name, a refusal and "there is none" look the same.
$principal = @(Invoke-Step 'look for the identity in Exchange' $connect { Get-ServicePrincipal } | Where-Object { "$($_.AppId)" -eq "$AppId" })
if ($principal.Count -eq 0) {
    if (Test-Wanted $Name 'Make the identity known to Exchange') {
        Invoke-Step 'make the identity known to Exchange (New-ServicePrincipal)' "check both ids; -ObjectId is that of the enterprise application. $again" {
            New-ServicePrincipal -AppId $AppId -ObjectId $ObjectId -DisplayName $Name
        } | Out-Null
        $carriedOut += 'the identity was made known to Exchange'
    }
}
elseif ("$($principal[0].ObjectId)" -ne "$ObjectId") {
    $todo = 'was the identity made again? Run Revoke-MailboxAccess.ps1 first; nothing was changed.'
    throw "Exchange knows this AppId with another object id ($($principal[0].ObjectId))."
}

$scope = @(Invoke-Step 'look for the scope' $connect { Get-ManagementScope } | Where-Object { $_.Name -eq $Name })
if ($scope.Count -eq 0) {
    if (Test-Wanted $Name "Make the scope: $filter") {
        Invoke-Step 'make the scope (New-ManagementScope)' $again {
            New-ManagementScope -Name $Name -RecipientRestrictionFilter $filter
        } | Out-Null
        $carriedOut += 'the scope was made'
    }
}
elseif (Test-Wanted $Name "Set the scope: $filter") {
    Invoke-Step 'set the scope (Set-ManagementScope)' "until then the app reaches what the scope held before. $again" {
        Set-ManagementScope -Identity $Name -RecipientRestrictionFilter $filter
    } | Out-Null
    $carriedOut += 'the scope was set'
}

$given = @(Invoke-Step 'look for the roles' $connect { Get-ManagementRoleAssignment })
foreach ($role in $roles) {
    $assignment = "$Name - $role"
    $present = @($given | Where-Object { $_.Name -eq $assignment })
    if ($present.Count -gt 0) {
        # An assignment of that name over something else would reach other mailboxes.
        if ($present[0].CustomResourceScope -and "$($present[0].CustomResourceScope)" -ne $Name) {
            $todo = 'somebody changed it. Run Revoke-MailboxAccess.ps1, then this script.'
            throw "The role '$role' is given over '$($present[0].CustomResourceScope)' and not over the scope '$Name'."
        }
        continue
    }
    if (Test-Wanted $assignment 'Give the role over the scope') {
        Invoke-Step "give the role '$role' (New-ManagementRoleAssignment)" $again {
            New-ManagementRoleAssignment -Name $assignment -App $ObjectId -Role $role -CustomResourceScope $Name
        } | Out-Null
        $carriedOut += "the role '$role' was given"
    }
}

if ($WhatIfPreference) {
    Write-Output 'Nothing was changed. Without -WhatIf it would:'
    $planned | ForEach-Object { Write-Output "  $_" }
    exit 0
}
if ($declined) {
    $step = 'do everything'
    $todo = 'run this script again and agree to each.'
    throw "You left out: $($declined -join '; ')."
}

# What Exchange shows counts, not that it did not complain.
$wait = 'wait a minute and run this script again; if it stays so, ask Microsoft.'
$principal = @(Invoke-Step 'see that Exchange knows the identity' $wait { Get-ServicePrincipal } | Where-Object { "$($_.AppId)" -eq "$AppId" })
if ($principal.Count -eq 0) { throw 'Exchange does not show the identity.' }
$scope = @(Invoke-Step 'see that the scope is right' $wait { Get-ManagementScope } | Where-Object { $_.Name -eq $Name })
if ($scope.Count -eq 0) { throw 'Exchange does not show the scope.' }
$shown = "$($scope[0].RecipientFilter)"
if ($shown) {
    $missing = @($addresses | Where-Object { $shown.IndexOf(($_ -replace "'", "''"), [StringComparison]::OrdinalIgnoreCase) -lt 0 })
    if ($missing -or [regex]::Matches($shown, 'PrimarySmtpAddress').Count -ne $addresses.Count) {
        throw "The scope holds something else: $shown"
    }
}
$given = @(Invoke-Step 'see that the roles are given' $wait { Get-ManagementRoleAssignment })
foreach ($role in $roles) {
    if (@($given | Where-Object { $_.Name -eq "$Name - $role" }).Count -eq 0) { throw "Exchange does not show the role '$role'." }
}

Write-Output "Done. The app may use: $($addresses -join ', ')."
Write-Output 'It can take two hours until the app notices. Prove it now with Test-MailboxAccess.ps1.'
exit 0
