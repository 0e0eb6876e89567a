# Prints the sentences of a file that break the rule of CONTRIBUTING.md, "How we write English".
# -v kind=... says which text of the file is English:
#   markdown  everything but headings and code
#   yaml      comments, and the texts of `description`, `message` and `summary`
#   shell     comments, and the help between <<TEXT and TEXT
#   cpp       comments of their own lines
#   strings   string literals, of which only the words are judged

BEGIN {
  FORBIDDEN = " ((has|have|had) not (the|a|an|any|its|their|this|these|those)|mend(s|ed|ing)?|tell(s|ing)?|told|(let|lets|letting)( [^ ]+)?( [^ ]+)? in" \
    "|ask(s|ed|ing)?( for| the [^ ]+)? again|out of account|(is|are) there twice) "
  MARK = kind == "cpp" ? "^ *///? ?" : "^ *# ?"
}

function report(rule) { printf "%s:%d: %s: %s\n", FILENAME, began, rule, sentence }

# Ends the sentence. One of two words, or one that begins in lower case in a table, is no sentence but the name of a thing.
function judge(   text, thats, parts, i) {
  text = tolower(sentence)
  gsub(/[^a-z0-9'-]+/, " ", text)
  sub(/^ */, " ", text); sub(/ *$/, " ", text)
  for (i = split(text, parts, " "); i > 0; i--) thats += parts[i] == "that"
  if (match(text, FORBIDDEN)) report("do not write \"" substr(text, RSTART + 1, RLENGTH - 2) "\"")
  else if (kind == "strings") ;
  else if (words > 2 && text ~ /^ (what|who|whoever|whatever|nor|else) / && sentence !~ /[?]/ && !(cell && sentence ~ /^[a-z]/)) report("name the subject first")
  else if (thats > 1) report("write \"that\" once")
  sentence = ""; words = 0
}

function read(line,   parts, n, i) {
  gsub(/`[^`]*`/, "CODE", line)
  n = split(line, parts, /[ \t]+/)
  for (i = 1; i <= n; i++) {
    if (parts[i] == "") continue
    if (sentence == "") began = FNR
    sentence = sentence (sentence == "" ? "" : " ") parts[i]; words++
    if (parts[i] ~ /[.!?:;][])"'*_]*$/) judge()
  }
}

function markdown(line,   cells, n, i) {
  if (line ~ /^ *```/) fenced = !fenced
  if (fenced || line ~ /^ *(```|$)|^(    |\t|#|---)/) { judge(); return }
  if (line ~ /^ *([-*>|]|[0-9]+[.]) ?/) judge()
  if (line !~ /^ *\|/) { sub(/^ *([-*>]|[0-9]+[.]) +/, "", line); read(line); return }
  n = split(line, cells, "|"); cell = 1
  for (i = 1; i <= n; i++) { read(cells[i]); judge() }
  cell = 0
}

# A list, a mark of the catalog or helm-docs, and a line for a tool begin anew.
function comment(line) {
  if (line !~ MARK || line ~ /^ *#(!| shellcheck)|NOLINT/) { judge(); return }
  sub(MARK, "", line)
  if (line ~ /^ *$|^ *(--|\[[A-Z]\]|-|[0-9]+[.]|[A-Z]+:) ?/) judge()
  sub(/^ *-+ /, "", line)
  read(line)
}

# The text of a key is on its line, or on the deeper lines after it.
function yaml(line,   indent) {
  indent = match(line, /[^ ]/) - 1
  if (within && (indent > depth || indent < 0)) { if (indent < 0) judge(); else read(line); return }
  within = 0
  if (line ~ /^ *#/) { comment(line); return }
  judge()
  if (!sub(/^ *(- )?(description|message|summary): *(&[a-z]+ *)?/, "", line)) return
  if (line ~ /^[>|]/) { within = 1; depth = indent } else { read(line); judge() }
}

function shell(line) {
  if (line == "TEXT") { judge(); within = 0 }
  else if (!within) comment(line)
  else { if (line ~ /^ *$|^ *[^ ]+( [^ ]+)?  /) judge(); read(line) }
  if (line ~ /<<'?TEXT'?$/) within = 1
}

# Literals on lines that follow each other are one text. A call of read() changes RSTART.
function strings(line,   literal) {
  if (line !~ /"/) judge()
  while (match(line, /"([^"\\]|\\.)*"/)) {
    literal = substr(line, RSTART + 1, RLENGTH - 2)
    line = substr(line, RSTART + RLENGTH)
    read(literal)
  }
  if (line ~ /;$/) judge()
}

FNR == 1 { judge(); fenced = within = 0 }
kind == "markdown" { markdown($0) }
kind == "yaml" { yaml($0) }
kind == "shell" { shell($0) }
kind == "cpp" { comment($0) }
kind == "strings" { strings($0) }
END { judge() }
