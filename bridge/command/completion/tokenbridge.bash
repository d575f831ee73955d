# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# bash completion for tokenbridge(1): asks the program itself.

_tokenbridge() {
	local program=${1/#\~\//$HOME/} rest=$COMP_LINE
	local cur=${COMP_WORDS[COMP_CWORD]} words=() offered=() i part line

	# bash divides words at "=" and ":" too; the program gets them whole
	for ((i = 0; i <= COMP_CWORD; i++)); do
		part=${COMP_WORDS[i]}
		[[ $i -gt 0 && $rest != [[:blank:]]* ]] || words+=("")
		rest=${rest#"${rest%%[![:blank:]]*}"}
		rest=${rest#"$part"}
		words[-1]+=$part
	done
	[[ $cur != [=:] ]] || cur=
	part=${words[-1]%"$cur"} # what bash leaves as it is
	words=("${words[@]//[\\\"\']/}")
	mapfile -t offered < <("$program" __complete \
		"${words[@]:1}" 2>/dev/null </dev/null)
	COMPREPLY=()
	case ${offered[0]-} in
	files)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	folders)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	words)
		for line in "${offered[@]:1}"; do
			line=${line%%$'\t'*}
			printf -v line %q "${line#"$part"}"
			COMPREPLY+=("$line")
		done
		# a format whose file is still to come
		[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null ;;
	esac
}
complete -F _tokenbridge tokenbridge
