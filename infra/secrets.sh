#!/usr/bin/env bash
# Makes the secrets that are missing in the vault, and never touches one that is there:
#
#     infra/secrets.sh <vault> [<form provider> ...]
#     infra/secrets.sh kv-prod-abcdefghij msforms standard
#
# token-key is what links and references are derived from; webhook-<provider> is what that provider proves itself with.
# Values are made here and go to the vault in a file that only you can read; none is printed. To read one, for the
# provider's settings: az keyvault secret show --vault-name <vault> --name webhook-msforms --query value -o tsv
#
# Needs the Azure CLI, signed in as somebody of the secret keepers' group.
set -euo pipefail

if [ $# -lt 1 ]; then
    sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
vault=$1
shift

umask 077
file=$(mktemp)
trap 'rm -f "$file"' EXIT

make_if_missing() { # name, value
    if az keyvault secret show --vault-name "$vault" --name "$1" --query id -o tsv >"$file" 2>/dev/null; then
        echo "$1: is there already"
        return
    fi
    # One that was deleted can be brought back, and for token-key it must: a new one would end every link in a mail.
    if az keyvault secret show-deleted --vault-name "$vault" --name "$1" --query id -o tsv >"$file" 2>/dev/null; then
        echo "$1: was deleted. Bring it back: az keyvault secret recover --vault-name $vault --name $1" >&2
        exit 1
    fi
    printf '%s' "$2" >"$file"
    az keyvault secret set --vault-name "$vault" --name "$1" --file "$file" --encoding utf-8 --output none
    echo "$1: made"
}

# Found out now, so that a missing permission is not taken for a missing secret.
az keyvault secret list --vault-name "$vault" --maxresults 1 --output none

make_if_missing token-key "$(openssl rand -hex 32)"
for provider in "$@"; do
    case $provider in
        standard) make_if_missing webhook-standard "whsec_$(openssl rand -base64 32)" ;; # as Standard Webhooks ask for
        *[!a-z0-9]* | '') echo "'$provider' is no form provider's name" >&2; exit 2 ;;
        *) make_if_missing "webhook-$provider" "$(openssl rand -hex 32)" ;; # fits into an address, for Jotform
    esac
done
echo "If the app runs already, restart it: az functionapp restart -g <resource group> -n <function app>"
