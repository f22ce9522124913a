# bash completion for wire; made from the command tree.

_wire_files() {
    # Offers files whose extension is among the arguments (all without arguments), and folders.
    local file extension
    compopt -o filenames 2>/dev/null
    while IFS= read -r file; do
        if [[ $# -eq 0 || -d $file ]]; then
            COMPREPLY+=("$file")
            continue
        fi
        for extension in "$@"; do
            [[ $file == *."$extension" ]] && COMPREPLY+=("$file")
        done
    done < <(compgen -f -- "$cur")
}

_wire_folders() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
}

_wire_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_wire_list() {
    # Completes the last item of a list parted by commas.
    local head=
    [[ $cur == *,* ]] && head=${cur%,*},
    compopt -o nospace 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -P "$head" -W "$1" -- "${cur##*,}")
}

_wire() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local path=wire count=0 skip= ended= options= commands= word i
    COMPREPLY=()
    # bash breaks --name=value into three words.
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        [[ $word == = ]] && continue
        if [[ -n $skip ]]; then
            skip=
            continue
        fi
        if [[ -n $ended ]]; then
            count=$((count + 1))
            continue
        fi
        case "$path $word" in
            'wire scan' | 'wire scan fit' | 'wire show') path+=" $word" count=0 ;;
            'wire scan fit -p' | 'wire scan fit --plane' | 'wire scan fit --dpp' | 'wire scan fit -w' | 'wire scan fit --window' | 'wire scan fit --start' | 'wire scan fit --timeout' | 'wire scan fit --size' | 'wire scan fit --bunches' | 'wire scan fit --method' | 'wire scan fit -o' | 'wire scan fit --output' | 'wire scan fit --folder' | 'wire scan fit --label' | 'wire scan fit -n' | 'wire scan fit --count' | 'wire'*' --color') skip=1 ;;
            *' --') ended=1 ;;
            *' -'*) ;;
            *) count=$((count + 1)) ;;
        esac
    done
    if [[ -z $ended ]]; then
        case "$path $prev" in
            'wire scan fit -p' | 'wire scan fit --plane') _wire_list 'H V'; return ;;
            'wire scan fit --dpp') :; return ;;
            'wire scan fit -w' | 'wire scan fit --window') :; return ;;
            'wire scan fit --start') :; return ;;
            'wire scan fit --timeout') :; return ;;
            'wire scan fit --size') :; return ;;
            'wire scan fit --bunches') :; return ;;
            'wire scan fit --method') _wire_words 'fast exact'; return ;;
            'wire scan fit -o' | 'wire scan fit --output') _wire_files; return ;;
            'wire scan fit --folder') _wire_folders; return ;;
            'wire scan fit --label') :; return ;;
            'wire scan fit -n' | 'wire scan fit --count') :; return ;;
            'wire'*' --color') _wire_words 'auto always never'; return ;;
        esac
    fi
    case $path in
        'wire')
            options='--version --json --verbose --color --help'
            commands='scan show'
            ;;
        'wire scan')
            options='--json --verbose --color --help'
            commands='fit'
            ;;
        'wire scan fit')
            options='--plane --dpp --window --start --timeout --size --bunches --method --output --folder --label --count --force --dry-run --figures --no-figures --json --verbose --color --help'
            ;;
        'wire show')
            options='--json --verbose --color --help'
            ;;
    esac
    if [[ -z $ended && $cur == -* ]]; then
        _wire_words "$options"
        return
    fi
    if [[ -n $commands ]]; then
        _wire_words "$commands"
        return
    fi
    case "$path/$count" in
        'wire scan fit/0') _wire_files 'parquet' 'h5' ;;
        'wire scan fit/'*) : ;;
        'wire show/0') _wire_files ;;
        *) ;;
    esac
}

complete -F _wire wire
