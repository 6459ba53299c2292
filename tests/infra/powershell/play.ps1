# Plays scripts against the stand-ins. Each line that comes in names a file with a list of runs; beside it goes a file with
# what each said, its exit code, and what the stand-ins then know.

$ErrorActionPreference = 'Stop'
Import-Module ExchangeOnlineManagement, Microsoft.Graph.Applications

function New-List($Items) {
    $list = [System.Collections.Generic.List[object]]::new()
    foreach ($item in $Items) { $list.Add([pscustomobject] $item) }
    , $list
}

function Invoke-Run($Run) {
    $tenant = $Run.World
    $global:World = @{
        Calls = [System.Collections.Generic.List[string]]::new()
        Mailboxes = $tenant.Mailboxes; Principals = New-List $tenant.Principals; Scopes = New-List $tenant.Scopes
        Assignments = New-List $tenant.Assignments; Roles = $tenant.Roles; Grants = $tenant.Grants
        Connected = $tenant.Connected; InScope = $tenant.InScope; Refuse = $Run.Refuse; How = $Run.How
    }
    $arguments = $Run.Arguments
    $global:LASTEXITCODE = 99
    $said = & $Run.Script @arguments *>&1 | ForEach-Object { if ($_ -is [string]) { $_ } else { "$_" } }
    @{
        Said = @($said) -join "`n"; Code = $LASTEXITCODE; Calls = @($World.Calls)
        Principals = @($World.Principals); Scopes = @($World.Scopes); Assignments = @($World.Assignments)
    }
}
while ($file = [Console]::In.ReadLine()) {
    $results = @(Get-Content $file -Raw | ConvertFrom-Json -AsHashtable | ForEach-Object { Invoke-Run $_ })
    ConvertTo-Json $results -Depth 6 | Set-Content "$file.results"
    Write-Host 'played'
}
