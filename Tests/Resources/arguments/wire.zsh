#compdef wire
# zsh completion for wire; made from the command tree.

_wire() {
    local curcontext=$curcontext state line ret=1
    _arguments -s -S -C \
        '--version[Print the version.]' \
        '--json[Print JSON.]' \
        '*'{-v,--verbose}'[Say more.]' \
        '--color=[Colour.]:WHEN:(auto always never)' \
        '(-h --help)'{-h,--help}'[Show help.]' \
        '1:command:->command' \
        '*::argument:->argument' && ret=0
    case $state in
        command)
            local -a commands
            commands=(
                'scan:Work on scans.'
                'show:Show a file.'
            )
            _describe -t commands command commands && ret=0
            ;;
        argument)
            case $line[1] in
                scan) _wire_scan && ret=0 ;;
                show) _wire_show && ret=0 ;;
            esac
            ;;
    esac
    return ret
}

_wire_scan() {
    local curcontext=$curcontext state line ret=1
    _arguments -s -S -C \
        '--json[Print JSON.]' \
        '*'{-v,--verbose}'[Say more.]' \
        '--color=[Colour.]:WHEN:(auto always never)' \
        '(-h --help)'{-h,--help}'[Show help.]' \
        '1:command:->command' \
        '*::argument:->argument' && ret=0
    case $state in
        command)
            local -a commands
            commands=(
                'fit:Fit profiles\: one, or [many].'
            )
            _describe -t commands command commands && ret=0
            ;;
        argument)
            case $line[1] in
                fit) _wire_scan_fit && ret=0 ;;
            esac
            ;;
    esac
    return ret
}

_wire_scan_fit() {
    _arguments -s -S \
        '(-p --plane)'{-p+,--plane=}'[Planes.]:LIST:_values -s , value H V' \
        '--dpp=[Momentum spread.]:X: ' \
        '(-w --window)'{-w+,--window=}'[Part of the axis, in mm.]:FROM\:TO: ' \
        '*--start=[Starting values.]:LIST: ' \
        '--timeout=[Longest wait.]:TIME: ' \
        '--size=[Largest file.]:SIZE: ' \
        '--bunches=[Bunches.]:LIST: ' \
        '--method=[Method.]:M:((fast\:'\''it'\''\'\'''\''s quick'\'' exact\:'\''slow\: sure'\''))' \
        '(-o --output)'{-o+,--output=}'[Result.]:FILE:_files' \
        '--folder=[Where figures go.]:DIR:_files -/' \
        '*--label=[Labels.]:TEXT: ' \
        '(-n --count)'{-n+,--count=}'[How many.]:N: ' \
        '(-f --force)'{-f,--force}'[Overwrite.]' \
        '(-d --dry-run)'{-d,--dry-run}'[Only say what would be done.]' \
        '--figures[Make figures.]' \
        '--no-figures[Not\: Make figures.]' \
        '--json[Print JSON.]' \
        '*'{-v,--verbose}'[Say more.]' \
        '--color=[Colour.]:WHEN:(auto always never)' \
        '(-h --help)'{-h,--help}'[Show help.]' \
        '1:FILE:_files -g "*.(parquet|h5)"' \
        '*:ROWS: '
}

_wire_show() {
    _arguments -s -S \
        '--json[Print JSON.]' \
        '*'{-v,--verbose}'[Say more.]' \
        '--color=[Colour.]:WHEN:(auto always never)' \
        '(-h --help)'{-h,--help}'[Show help.]' \
        '1::FILE:_files'
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _wire "$@"
else
    compdef _wire wire
fi
