#!/bin/sh
# Runs a test program with a fixed RapidCheck seed, unless the caller chose one:
#   RC_PARAMS="seed=1 max_success=10000" ctest --preset release -R property
RC_PARAMS="${RC_PARAMS:-seed=20261123}"
export RC_PARAMS
exec "$@"
