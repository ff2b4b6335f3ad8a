#!/bin/sh
# Stands for `berth __exec -- BROKER_PID PROGRAM ARGS…` in tests.
shift 3
exec "$@"
