@echo off
rem Build the guests' image for Docker or Podman. Usage: build-sandbox-image.cmd [PYTHON] (default 3.11), set ENGINE=podman to choose.
setlocal
cd /d "%~dp0..\.."
if errorlevel 1 exit /b 2
set "PYTHON=%~1"
if "%PYTHON%"=="" set "PYTHON=3.11"
if not "%ENGINE%"=="" goto build
for %%e in (podman.exe docker.exe) do if not "%%~$PATH:e"=="" set "ENGINE=%%~ne"
if not "%ENGINE%"=="" goto build
echo build-sandbox-image: neither docker nor podman is installed 1>&2
exit /b 2
:build
"%ENGINE%" build -f deploy/sandbox-guest/Containerfile -t localhost/aitestgen-guest:latest --build-arg "PYTHON=%PYTHON%" .
exit /b %ERRORLEVEL%
