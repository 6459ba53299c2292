# Stand-ins of Exchange Online's cmdlets, as functions of a script module like the real ones. What they know is $global:World.

function Test-Refused([string] $Name) {
    $World.Calls.Add($Name)
    $index = $World.Calls.Count - 1
    $World.Refuse -eq "$index" -or $World.Refuse -eq $Name
}

# Ways in which a cmdlet can refuse; "past" heeds no preference of the caller at all.
function Write-Refusal {
    switch ($World.How) {
        'error' { Write-Error 'Access is denied by the stand-in.' }
        'throw' { throw 'Access is denied by the stand-in.' }
        'past' { Write-Error 'Access is denied by the stand-in.' -ErrorAction Continue }
        'warn' { Write-Warning 'Access is denied by the stand-in.' }
    }
}

function Write-NotFound([string] $What) {
    Write-Error "The operation couldn't be performed because object '$What' couldn't be found on 'stand-in'."
}

function Get-EXOMailbox {
    [CmdletBinding()] param([string] $Identity)
    if (Test-Refused 'Get-EXOMailbox') { Write-Refusal; return }
    if (-not $World.Mailboxes.ContainsKey($Identity)) { Write-NotFound $Identity; return }
    [pscustomobject] @{ PrimarySmtpAddress = $Identity; RecipientTypeDetails = $World.Mailboxes[$Identity] }
}

function Get-ServicePrincipal {
    [CmdletBinding()] param([string] $Identity)
    if (Test-Refused 'Get-ServicePrincipal') { Write-Refusal; return }
    $World.Principals | Where-Object { -not $Identity -or $_.ObjectId -eq $Identity }
}

function New-ServicePrincipal {
    [CmdletBinding()] param([guid] $AppId, [guid] $ObjectId, [string] $DisplayName)
    if (Test-Refused 'New-ServicePrincipal') { Write-Refusal; return }
    $made = [pscustomobject] @{ AppId = "$AppId"; ObjectId = "$ObjectId"; DisplayName = $DisplayName }
    $World.Principals.Add($made)
    $made
}

function Remove-ServicePrincipal {
    [CmdletBinding(SupportsShouldProcess)] param([string] $Identity)
    if (Test-Refused 'Remove-ServicePrincipal') { Write-Refusal; return }
    $World.Principals.RemoveAll([Predicate[object]] { param($one) $one.ObjectId -eq $Identity }) | Out-Null
}

function Get-ManagementScope {
    [CmdletBinding()] param([string] $Identity)
    if (Test-Refused 'Get-ManagementScope') { Write-Refusal; return }
    $found = @($World.Scopes | Where-Object { -not $Identity -or $_.Name -eq $Identity })
    if ($Identity -and -not $found) { Write-NotFound $Identity; return }
    $found
}

function New-ManagementScope {
    [CmdletBinding()] param([string] $Name, [string] $RecipientRestrictionFilter)
    if (Test-Refused 'New-ManagementScope') { Write-Refusal; return }
    if ($World.Scopes | Where-Object Name -eq $Name) { Write-Error "The scope '$Name' exists."; return }
    $made = [pscustomobject] @{ Name = $Name; RecipientFilter = $RecipientRestrictionFilter }
    $World.Scopes.Add($made)
    $made
}

function Set-ManagementScope {
    [CmdletBinding(SupportsShouldProcess)] param([string] $Identity, [string] $RecipientRestrictionFilter)
    if (Test-Refused 'Set-ManagementScope') { Write-Refusal; return }
    ($World.Scopes | Where-Object Name -eq $Identity).RecipientFilter = $RecipientRestrictionFilter
}

function Remove-ManagementScope {
    [CmdletBinding(SupportsShouldProcess)] param([string] $Identity)
    if (Test-Refused 'Remove-ManagementScope') { Write-Refusal; return }
    $World.Scopes.RemoveAll([Predicate[object]] { param($one) $one.Name -eq $Identity }) | Out-Null
}

function Get-ManagementRoleAssignment {
    [CmdletBinding()] param([string] $Identity)
    if (Test-Refused 'Get-ManagementRoleAssignment') { Write-Refusal; return }
    $found = @($World.Assignments | Where-Object { -not $Identity -or $_.Name -eq $Identity })
    if ($Identity -and -not $found) { Write-NotFound $Identity; return }
    $found
}

function New-ManagementRoleAssignment {
    [CmdletBinding()] param([string] $Name, [string] $App, [string] $Role, [string] $CustomResourceScope)
    if (Test-Refused 'New-ManagementRoleAssignment') { Write-Refusal; return }
    $made = [pscustomobject] @{ Name = $Name; App = $App; Role = $Role; CustomResourceScope = $CustomResourceScope }
    $World.Assignments.Add($made)
    $made
}

function Remove-ManagementRoleAssignment {
    [CmdletBinding(SupportsShouldProcess)] param([string] $Identity)
    if (Test-Refused 'Remove-ManagementRoleAssignment') { Write-Refusal; return }
    $World.Assignments.RemoveAll([Predicate[object]] { param($one) $one.Name -eq $Identity }) | Out-Null
}

# InScope is 'True', 'False' or 'Not Run' as a text, or a Boolean: $World.InScope says how it is given here.
function Test-ServicePrincipalAuthorization {
    [CmdletBinding()] param([string] $Identity, [string] $Resource)
    if (Test-Refused 'Test-ServicePrincipalAuthorization') { Write-Refusal; return }
    foreach ($one in $World.Assignments | Where-Object { $_.App -eq $Identity }) {
        $filter = "$(($World.Scopes | Where-Object Name -eq $one.CustomResourceScope).RecipientFilter)"
        $reached = -not $one.CustomResourceScope -or $filter.Contains("'$($Resource -replace "'", "''")'")
        $told = switch ($World.InScope) { 'text' { "$reached" } 'not run' { 'Not Run' } default { $reached } }
        [pscustomobject] @{ RoleName = $one.Role; AllowedResourceScope = "$($one.CustomResourceScope)"; InScope = $told }
    }
}
