# bash completion for leat. The program itself knows its words, and the names in the folder; where it has none to offer,
# bash goes on with the names of files.
_leat() {
  local candidate
  COMPREPLY=()
  while IFS= read -r candidate; do
    COMPREPLY+=("$candidate")
  done < <("${COMP_WORDS[0]}" complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _leat leat
