#!/bin/sh
# Stands for `berth __exec -- guard` and `berth __exec -- BROKER_PID PROGRAM ARGS…` in tests.
[ "$3" = guard ] && exec cat
shift 3
exec "$@"
