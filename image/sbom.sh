#!/usr/bin/env bash
# sbom.sh OUT: prints the content of OUT/rootfs, which rootfs.sh made, as an SPDX 2.3 document: each file with its checksums and
# its package; each package with its version; and the packages whose headers were compiled into the binary.
# VERSION, REVISION and CREATED (RFC 3339) of the environment describe the image; all are optional.
set -euo pipefail

OUT=$1
PROJECT=integration-operator

# path, package, SHA-1, SHA-256 of each file
files() {
  local path package
  sort "$OUT/files" | while IFS=$'\t' read -r path package; do
    printf '%s\t%s\t%s\t%s\n' "$path" "$package" "$(sha1sum <"$OUT/rootfs$path" | cut -d ' ' -f 1)" \
      "$(sha256sum <"$OUT/rootfs$path" | cut -d ' ' -f 1)"
  done
}

# name, version, architecture, source, its version of each package
# shellcheck disable=SC2016 # dpkg-query expands it
packages() {
  sort -u "$OUT/packages" "$OUT/compiled-in" |
    xargs dpkg-query -W -f '${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n'
}

# SPDX 2.3, 7.9: the checksum over the files' checksums identifies a package's content.
verification_codes() {
  local package
  cut -f 2 "$OUT/files" | sort -u | while read -r package; do
    printf '%s\t%s\n' "$package" "$(awk -F '\t' -v p="$package" '$2 == p { print $3 }' "$1" | LC_ALL=C sort | tr -d '\n' |
      sha1sum | cut -d ' ' -f 1)"
  done
}

files >"$OUT/files.sums"
jq -n --rawfile files "$OUT/files.sums" --rawfile packages <(packages) --rawfile compiled "$OUT/compiled-in" \
  --rawfile codes <(verification_codes "$OUT/files.sums") \
  --arg project "$PROJECT" --arg version "${VERSION:-unknown}" --arg revision "${REVISION:-unknown}" \
  --arg created "${CREATED:-$(date -u +%Y-%m-%dT%H:%M:%SZ)}" --arg debian "$(. /etc/os-release; echo "$VERSION_ID")" '
  def rows($text): $text | split("\n") | map(select(. != "") | split("\t"));
  def id($kind; $name): "SPDXRef-\($kind)-\($name | gsub("[^A-Za-z0-9.-]"; "-"))";
  def package_id: id("Package"; .);
  def encoded: @uri | gsub("%3A"; ":");
  def relationship($from; $type; $to): {spdxElementId: $from, relationshipType: $type, relatedSpdxElement: $to};

  (rows($codes) | map({key: .[0], value: .[1]}) | from_entries) as $code
  | def content($name): if $code[$name]
      then {filesAnalyzed: true, packageVerificationCode: {packageVerificationCodeValue: $code[$name]}}
      else {filesAnalyzed: false} end;
  {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: "\($project)-\($version)",
    documentNamespace: "https://oauth.integrations.dev/spdx/\($project)-\($version)-\($revision)",
    creationInfo: {created: $created, creators: ["Tool: \($project)/image/sbom.sh"]},
    packages: ([{
      SPDXID: ($project | package_id), name: $project, versionInfo: $version, downloadLocation: "NOASSERTION",
      licenseConcluded: "Apache-2.0", licenseDeclared: "Apache-2.0", copyrightText: "NOASSERTION",
      primaryPackagePurpose: "APPLICATION", sourceInfo: "commit \($revision)"
    } + content($project)] + (rows($packages) | map({
      SPDXID: (.[0] | package_id), name: .[0], versionInfo: .[1], downloadLocation: "NOASSERTION",
      supplier: "Organization: Debian", sourceInfo: "built from \(.[3]) \(.[4])",
      licenseConcluded: "NOASSERTION", licenseDeclared: "NOASSERTION", copyrightText: "NOASSERTION",
      externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
        referenceLocator: "pkg:deb/debian/\(.[0] | encoded)@\(.[1] | encoded)?arch=\(.[2])&distro=debian-\($debian)"}]
    } + content(.[0])))),
    files: (rows($files) | map({
      SPDXID: id("File"; .[0]), fileName: ".\(.[0])", licenseConcluded: "NOASSERTION", copyrightText: "NOASSERTION",
      checksums: [{algorithm: "SHA1", checksumValue: .[2]}, {algorithm: "SHA256", checksumValue: .[3]}]
    })),
    relationships: (
      [relationship("SPDXRef-DOCUMENT"; "DESCRIBES"; $project | package_id)]
      + (rows($files) | map(relationship(.[1] | package_id; "CONTAINS"; id("File"; .[0]))))
      + (rows($files) | map(select(.[0] | test("\\.so(\\.|$)")) | .[1]) | unique
          | map(relationship($project | package_id; "DYNAMIC_LINK"; package_id)))
      + (rows($compiled) | map(relationship($project | package_id; "STATIC_LINK"; .[0] | package_id)
          + {comment: "its headers are compiled into the binary"})))
  }'
