#!/bin/sh
# Fills vendor/ with what the playground's page needs of GraphiQL and React: the published builds, gzip'd, with
# their licences and SUMS, the SHA-256 of each file as it is before gzip. Run it only to change a version:
#
#   sh vendor.sh
#
# It needs npm, node and gzip. One thing is changed on the way: GraphiQL's style sheet carries its web fonts as
# data (340 kB of its 410); they are cut out, the page uses the fonts of the system.
set -eu
cd "$(dirname "$0")"
out=$PWD/vendor
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

graphiql=3.9.0
react=18.3.1

cd "$tmp"
npm pack --silent "graphiql@$graphiql" "react@$react" "react-dom@$react" >packed
# What the registry hands out must be what was reviewed.
sha256sum -c <<SUMS
d955c99ae100ed5facb45f4f94d1a8c0a156f81106434f0e35b0dcb0be574f27  graphiql-$graphiql.tgz
8d9bed01a672e7eaf387942d781ad47c6a43089a30a0306060f9fd5ac7870347  react-$react.tgz
031d4427a99f2f3f6cac18bbbf308594a67e4f47d10f4896fdec446505b040e0  react-dom-$react.tgz
SUMS
for name in "graphiql-$graphiql" "react-$react" "react-dom-$react"; do
  mkdir "$name"
  tar -xzf "$name.tgz" -C "$name"
done

mkdir files
cp "graphiql-$graphiql/package/graphiql.min.js" files/
cp "react-$react/package/umd/react.production.min.js" files/
cp "react-dom-$react/package/umd/react-dom.production.min.js" files/
sed 's/@font-face{[^}]*}//g' "graphiql-$graphiql/package/graphiql.min.css" >files/graphiql.min.css

# The build of GraphiQL holds other libraries: its source map tells which, an installation has their licences.
npm install --silent --ignore-scripts --no-audit --no-fund "graphiql@$graphiql" "react@$react" "react-dom@$react" \
  @babel/runtime@7 @radix-ui/react-use-escape-keydown@1 graphql-ws@5
node - "graphiql-$graphiql/package/graphiql.min.js.map" >files/LICENCES.txt <<'JS'
const fs = require("fs");
const path = require("path");
const map = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const names = new Set(["graphiql", "react", "react-dom", "@graphiql/react", "@graphiql/toolkit",
  "codemirror-graphql", "graphql-language-service", "scheduler"]);
for (const source of map.sources) {
  const found = source.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) names.add(found[1]);
}
console.log("The playground's page is built from GraphiQL and React. These are the licences of both,\n" +
  "and of the libraries that are inside of GraphiQL's build.");
for (const name of [...names].sort()) {
  const dir = path.join("node_modules", name);
  const about = JSON.parse(fs.readFileSync(path.join(dir, "package.json"), "utf8"));
  const file = fs.readdirSync(dir).find((f) => /^licen[cs]e/i.test(f));
  console.log("\n" + "=".repeat(100) + `\n${name}: ${about.license}\n`);
  console.log(file ? fs.readFileSync(path.join(dir, file), "utf8").replace(/\r/g, "").trim()
    : `The package has no licence file of its own. Author: ${JSON.stringify(about.author ?? about.contributors ?? "")}`);
}
JS

rm -f "$out"/*
(cd files && sha256sum ./* | sed 's#\./##' >"$out/SUMS")
for file in files/*; do
  gzip -9nc "$file" >"$out/$(basename "$file").gz"
done
ls -l "$out"
