# Stand-ins of the Graph SDK's cmdlets that Test-MailboxAccess.ps1 calls.

function Get-MgContext {
    [CmdletBinding()] param()
    if (Test-Refused 'Get-MgContext') { Write-Refusal; return }
    if ($World.Connected) { [pscustomobject] @{ Scopes = @('Application.Read.All') } }
}

function Get-MgServicePrincipal {
    [CmdletBinding()] param([string] $Filter)
    if (Test-Refused 'Get-MgServicePrincipal') { Write-Refusal; return }
    $api = $Filter.Split("'")[1]
    [pscustomobject] @{
        AppRoles = $World.Roles.GetEnumerator() | Where-Object { $_.Value.StartsWith($api.Substring(0, 8)) } |
            ForEach-Object { [pscustomobject] @{ Id = $_.Key; Value = $_.Value.Split(' ')[1] } }
    }
}

function Get-MgServicePrincipalAppRoleAssignment {
    [CmdletBinding()] param([string] $ServicePrincipalId, [switch] $All)
    if (Test-Refused 'Get-MgServicePrincipalAppRoleAssignment') { Write-Refusal; return }
    $World.Grants | ForEach-Object { [pscustomobject] @{ Id = "grant-$_"; AppRoleId = $_; ResourceDisplayName = 'a service' } }
}
