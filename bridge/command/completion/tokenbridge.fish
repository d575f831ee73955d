# SPDX-License-Identifier: Apache-2.0
# fish completion for tokenbridge(1): asks the program itself.

function __tokenbridge_complete
	set -l words (commandline -opc)
	set -l last (commandline -ct | string unescape)
	set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
	set -l before (string match -r '^--[^=]*=' -- "$last")
	set -l offered ($program __complete $words[2..] "$last" \
		2>/dev/null </dev/null)

	# what stands before the file, where the program says so
	test (count $offered) -lt 2; or test "$offered[1]" != files
	or set before $offered[2]
	switch "$offered[1]"
	case files folders
		set -l value (string replace -- "$before" '' "$last")
		set -l paths (__fish_complete_path "$value")
		test "$offered[1]" = files
		or set paths (__fish_complete_directories "$value")
		test -z "$paths"
		or printf "$before%s\n" $paths
	case words
		printf '%s\n' $offered[2..]
	end
end

complete -c tokenbridge -f -a '(__tokenbridge_complete)'
