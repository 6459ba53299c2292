#Requires -Version 5.1
#Requires -Modules ExchangeOnlineManagement

<#
.SYNOPSIS
Takes back everything that Grant-MailboxAccess.ps1 gave.

.DESCRIPTION
Removes the role assignments, then the scope, then what Exchange knows of the identity. Mailboxes, mails and calendar
events stay as they are. What is gone already is passed over. Afterwards the app's mail waits in its outbox; nothing is
lost, and it goes on when the access is granted again.

Ends with 0 once Exchange shows that nothing is left. If Exchange refuses anything, it ends with 1 and says what the app
still holds; running it again goes on from there.

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

# What the app still holds as far as is known; $null until it has been read.
$held = $null
# By what names Exchange knows the app; they are kept, because a role can outlive the entry that it is given to.
$ids = @("$AppId")

trap {
    Write-Warning "STOPPED, not everything is taken back. It was to: $step."
    Write-Warning "The answer was: $($_.Exception.Message)"
    Write-Warning "Carried out before that: $(if ($carriedOut) { $carriedOut -join '; ' } else { 'nothing' })."
    if ($null -eq $held) { Write-Warning 'What the app holds could not be read: take it that it still holds everything.' }
    elseif ($held) { Write-Warning "Still held: $($held -join '; ')." }
    Write-Warning "What to do: $todo"
    exit 1
}

$connect = 'run Connect-ExchangeOnline in the tenant of the mailbox, as a member of Organization Management, then this script again. To stop the app this minute, have the cloud team stop the function app.'
$again = 'you need the role group Organization Management. Run this script again: it goes on from here. To stop the app this minute, have the cloud team stop the function app.'
$planned = @()
$declined = @()

function Test-Wanted([string] $Target, [string] $What) {
    if ($script:PSCmdlet.ShouldProcess($Target, $What)) { return $true }
    if ($WhatIfPreference) { $script:planned += "$What ($Target)" } else { $script:declined += "$What ($Target)" }
    $false
}

# Everything that is held, whatever it is called: also what somebody gave the identity by hand.
function Read-Held {
    $script:principal = @(Invoke-Step 'look for the identity in Exchange' $connect { Get-ServicePrincipal } | Where-Object { "$($_.AppId)" -eq "$AppId" })
    $script:ids += @($script:principal | ForEach-Object { "$($_.ObjectId)"; "$($_.DisplayName)" } | Where-Object { $_ })
    $all = @(Invoke-Step 'look for the roles' $connect { Get-ManagementRoleAssignment })
    $ours = $roles | ForEach-Object { "$Name - $_" }
    $script:assignments = @($all | Where-Object { $_.Name -in $ours })
    $script:others = @($all | Where-Object {
        $_.Name -notin $ours -and ("$($_.App)" -in $ids -or "$($_.RoleAssignee)" -in $ids -or "$($_.RoleAssigneeName)" -in $ids)
    })
    $script:scope = @(Invoke-Step 'look for the scope' $connect { Get-ManagementScope } | Where-Object { $_.Name -eq $Name })
    $script:held = @(
        $script:assignments + $script:others | ForEach-Object { "the role assignment '$($_.Name)'" }
        $script:scope | ForEach-Object { "the scope '$($_.Name)'" }
        $script:principal | ForEach-Object { "the identity $($_.ObjectId) (Remove-ServicePrincipal)" }
    )
}

Read-Held
if (-not $held) {
    Write-Output "There is nothing to take back: Exchange knows neither this identity nor a role or scope called '$Name'."
    exit 0
}

foreach ($each in $assignments) {
    if (Test-Wanted $each.Name 'Take the role back') {
        Invoke-Step "take back the role assignment '$($each.Name)' (Remove-ManagementRoleAssignment)" $again {
            Remove-ManagementRoleAssignment -Identity $each.Name -Confirm:$false
        } | Out-Null
        $carriedOut += "'$($each.Name)' was taken back"
        $held = @($held | Where-Object { $_ -ne "the role assignment '$($each.Name)'" })
    }
}

foreach ($each in $scope) {
    if (Test-Wanted $Name 'Remove the scope') {
        Invoke-Step 'remove the scope (Remove-ManagementScope)' $again { Remove-ManagementScope -Identity $Name -Confirm:$false } | Out-Null
        $carriedOut += 'the scope was removed'
        $held = @($held | Where-Object { $_ -ne "the scope '$Name'" })
    }
}

foreach ($each in $principal) {
    if (Test-Wanted $Name 'Have Exchange forget the identity') {
        Invoke-Step 'have Exchange forget the identity (Remove-ServicePrincipal)' $again {
            Remove-ServicePrincipal -Identity $each.ObjectId -Confirm:$false
        } | Out-Null
        $carriedOut += 'Exchange forgot the identity'
    }
}

if ($WhatIfPreference) {
    Write-Output 'Nothing was changed. Without -WhatIf it would:'
    $planned | ForEach-Object { Write-Output "  $_" }
    $others | ForEach-Object { Write-Output "  leave the role assignment '$($_.Name)', which Grant-MailboxAccess.ps1 did not make" }
    exit 0
}

# What Exchange shows counts, not that it did not complain.
Read-Held
if ($held) {
    $step = 'see that nothing is left'
    $todo = 'run this script again in a minute. What Grant-MailboxAccess.ps1 did not make, remove by hand: Remove-ManagementRoleAssignment -Identity <name>.'
    if ($declined) { throw "You left out: $($declined -join '; ')." }
    throw 'Exchange still shows something.'
}
Write-Output 'Done: Exchange shows nothing of the app any more. It can take two hours until the app notices.'
Write-Output 'Permissions granted in Entra ID would be another matter: Test-MailboxAccess.ps1 looks for those.'
exit 0
