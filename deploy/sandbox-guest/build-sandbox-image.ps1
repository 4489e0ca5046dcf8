# Build the guests' image for Docker or Podman. Usage: build-sandbox-image.ps1 [-Python 3.11] [-Engine podman]
param(
    [ValidateSet('3.10', '3.11', '3.12', '3.13', '3.14')] [string] $Python = '3.11',
    [string] $Engine = ''
)
$ErrorActionPreference = 'Stop'
Set-Location (Join-Path $PSScriptRoot '../..')
if (-not $Engine) {
    $Engine = 'docker', 'podman' | Where-Object { Get-Command $_ -ErrorAction SilentlyContinue } | Select-Object -First 1
}
if (-not $Engine) {
    [Console]::Error.WriteLine('build-sandbox-image: neither docker nor podman is installed')
    exit 2
}
& $Engine build -f deploy/sandbox-guest/Containerfile -t localhost/aitestgen-guest:latest --build-arg "PYTHON=$Python" .
exit $LASTEXITCODE
