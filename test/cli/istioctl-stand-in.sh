#!/bin/sh
# Stands in for istioctl: replays what `proxy-config all POD.NAMESPACE` prints. `--kubeconfig` names the folder that holds the answers
# (`istioctl@POD.NAMESPACE.json`), or what istioctl says on standard error (`….txt`). `calls.log`, where it is, gets every command line.
folder=.
for word in "$@"; do
  case $word in
    --kubeconfig=*) folder=${word#*=} ;;
  esac
done
[ ! -e "$folder/calls.log" ] || echo "istioctl $*" >>"$folder/calls.log"
answer=$folder/istioctl@$3
if [ -e "$answer.json" ]; then
  exec cat "$answer.json"
fi
if [ -e "$answer.txt" ]; then
  cat "$answer.txt" >&2
else
  echo "Error: unable to retrieve Pod: pods \"$3\" not found" >&2
fi
exit 1
