#!/bin/sh
# Stands in for kubectl: replays what an API server answers. `--kubeconfig` names the folder that holds the answers: a list
# for each resource (`deployments.apps.json`, and `configmaps@NAMESPACE.json` for one namespace), or what kubectl says on
# standard error (`deployments.apps.txt`). What is not there is not installed. What a command in a pod prints is in
# `exec@POD@NAMESPACE.json`. Where there is a `calls.log`, it gets every command line.
namespace=
folder=.
context=
for word in "$@"; do
  case $word in
    --kubeconfig=*) folder=${word#*=} ;;
    --namespace=*) namespace=@${word#*=} ;;
    --context=*) context=${word#*=} ;;
  esac
done
[ ! -e "$folder/calls.log" ] || echo "$*" >>"$folder/calls.log"
if [ "$context" = nowhere ]; then
  echo 'error: context "nowhere" does not exist' >&2
  exit 1
fi
case $1 in
  version) answer=$folder/version ;;
  exec) answer=$folder/exec@$2$namespace ;;
  *) answer=$folder/$2$namespace ;;
esac
if [ -e "$answer.txt" ]; then
  cat "$answer.txt" >&2
  exit 1
fi
if [ -e "$answer.json" ]; then
  exec cat "$answer.json"
fi
if [ -n "$namespace" ]; then
  echo '{"apiVersion": "v1", "kind": "List", "items": []}'
  exit 0
fi
echo "error: the server doesn't have a resource type \"${2%%.*}\"" >&2
exit 1
