#!/bin/sh
# Makes the certificate of the TLS test's server: self-signed, for the name pics.example, valid for a hundred years.
# The key guards nothing: it is public with this repository.
cd "$(dirname "$0")" || exit 1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 \
  -subj /CN=pics.example -addext subjectAltName=DNS:pics.example -keyout pics.example.key -out pics.example.crt
