# fish completion for wire; made from the command tree.

function __wire_path
    # Prints the command that the words so far call.
    set -l path wire
    set -l skip no
    for word in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
            continue
        end
        switch "$path $word"
            case 'wire scan' 'wire scan fit' 'wire show'
                set path "$path $word"
            case 'wire* --color' 'wire scan fit -p' 'wire scan fit --plane' 'wire scan fit --dpp' 'wire scan fit -w' 'wire scan fit --window' 'wire scan fit --start' 'wire scan fit --timeout' 'wire scan fit --size' 'wire scan fit --bunches' 'wire scan fit --method' 'wire scan fit -o' 'wire scan fit --output' 'wire scan fit --folder' 'wire scan fit --label' 'wire scan fit -n' 'wire scan fit --count'
                set skip yes
        end
    end
    echo $path
end

function __wire_at
    # Whether the line calls exactly this command.
    test (__wire_path) = "$argv"
end

function __wire_below
    # Whether the line calls this command or one below it.
    string match -q -- "$argv *" (__wire_path)' '
end

complete -c wire -f
complete -c wire -s h -l help -d 'Show help.'
complete -c wire -n '__wire_at wire' -a scan -d 'Work on scans.'
complete -c wire -n '__wire_at wire' -a show -d 'Show a file.'
complete -c wire -n '__wire_at wire' -l version -d 'Print the version.'
complete -c wire -l json -d 'Print JSON.'
complete -c wire -s v -l verbose -d 'Say more.'
complete -c wire -l color -x -a 'auto
always
never' -d 'Colour.'
complete -c wire -n '__wire_at wire scan' -a fit -d 'Fit profiles: one, or [many].'
complete -c wire -n '__wire_at wire scan fit' -k -a '(__fish_complete_suffix .parquet .h5)' -d 'The acquisition.'
complete -c wire -n '__wire_at wire scan fit' -s p -l plane -x -a '(__fish_append , H V)' -d 'Planes.'
complete -c wire -n '__wire_at wire scan fit' -l dpp -x -d 'Momentum spread.'
complete -c wire -n '__wire_at wire scan fit' -s w -l window -x -d 'Part of the axis, in mm.'
complete -c wire -n '__wire_at wire scan fit' -l start -x -d 'Starting values.'
complete -c wire -n '__wire_at wire scan fit' -l timeout -x -d 'Longest wait.'
complete -c wire -n '__wire_at wire scan fit' -l size -x -d 'Largest file.'
complete -c wire -n '__wire_at wire scan fit' -l bunches -x -d 'Bunches.'
complete -c wire -n '__wire_at wire scan fit' -l method -x -a 'fast	it\'s quick
exact	slow: sure' -d 'Method.'
complete -c wire -n '__wire_at wire scan fit' -s o -l output -r -F -d 'Result.'
complete -c wire -n '__wire_at wire scan fit' -l folder -x -a '(__fish_complete_directories)' -d 'Where figures go.'
complete -c wire -n '__wire_at wire scan fit' -l label -x -d 'Labels.'
complete -c wire -n '__wire_at wire scan fit' -s n -l count -x -d 'How many.'
complete -c wire -n '__wire_at wire scan fit' -s f -l force -d 'Overwrite.'
complete -c wire -n '__wire_at wire scan fit' -s d -l dry-run -d 'Only say what would be done.'
complete -c wire -n '__wire_at wire scan fit' -l figures -d 'Make figures.'
complete -c wire -n '__wire_at wire scan fit' -l no-figures -d 'Not: Make figures.'
complete -c wire -n '__wire_at wire show' -F -d 'What to show.'
