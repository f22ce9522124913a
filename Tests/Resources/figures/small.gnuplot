reset session
set terminal svg size 454,338 font "DejaVu Sans,9.68" noenhanced rounded linewidth 1 background rgb "white"
set output 'before'
plot [0:1] [0:1] NaN notitle
unset output
set output 'figure'
set encoding utf8
set multiplot
reset
unset key; unset colorbox; set border 31 linewidth 0.8; set clip two; set errorbars 0; set style textbox opaque noborder fillcolor rgb "#50FFFFFF" margins 0.3,0.3
set lmargin at screen 0.074963; set rmargin at screen 0.966049; set bmargin at screen 0.0949173; set tmargin at screen 0.860615
set xrange [-0.1:2.1]
set xtics in mirror norotate scale 0.62,0.31 offset 0,0.35 font "DejaVu Sans,9.68" ('0.0' 0.0, '0.5' 0.5, '1.0' 1.0, '1.5' 1.5, '2.0' 2.0, "" -0.1 1, "" 0.1 1, "" 0.2 1, "" 0.3 1, "" 0.4 1, "" 0.6 1, "" 0.7 1, "" 0.8 1, "" 0.9 1, "" 1.1 1, "" 1.2 1, "" 1.3 1, "" 1.4 1, "" 1.6 1, "" 1.7 1, "" 1.8 1, "" 1.9 1, "" 2.1 1)
set yrange [-0.75:4.75]
set ytics in mirror norotate scale 0.62,0.31 offset 0.35,0 font "DejaVu Sans,9.68" ('0' 0.0, '1' 1.0, '2' 2.0, '3' 3.0, '4' 4.0, "" -0.6 1, "" -0.4 1, "" -0.2 1, "" 0.2 1, "" 0.4 1, "" 0.6 1, "" 0.8 1, "" 1.2 1, "" 1.4 1, "" 1.6 1, "" 1.8 1, "" 2.2 1, "" 2.4 1, "" 2.6 1, "" 2.8 1, "" 3.2 1, "" 3.4 1, "" 3.6 1, "" 3.8 1, "" 4.2 1, "" 4.4 1, "" 4.6 1)
set label 'x [mm]' at screen 0.966049,0.02763 right norotate font "DejaVu Sans,11" textcolor rgb "#00000000" front
set label 'y' at screen 0.025463,0.860615 right rotate by 90 font "DejaVu Sans,11" textcolor rgb "#00000000" front
set key inside left top vertical Left reverse noenhanced nobox noautotitle maxrows 3 samplen 1.6 spacing 0.9 font "DejaVu Sans,9.68"
plot '-' binary record=(3) format='%2double' using 1:2 with lines linewidth 1.2 dashtype (9,7) linecolor rgb "#005790fc" notitle, '-' binary record=(3) format='%4double' using 1:2:3:4 with vectors nohead linewidth 1 dashtype solid linecolor rgb "#00f89c20" notitle, '-' binary record=(3) format='%2double' using 1:2 with points pointtype 7 pointsize 0.444444 linecolor rgb "#00f89c20" linewidth 1 notitle, keyentry with lines linewidth 1.2 dashtype (9,7) linecolor rgb "#005790fc" title 'line' noenhanced, keyentry with points pointtype 7 pointsize 0.444444 linecolor rgb "#00f89c20" linewidth 1 title 'points' noenhanced
<
0.0 0.0
nan nan
2.0 4.0
>
<
0.0 -0.5 0.0 1.0
1.0 0.5 0.0 1.0
2.0 3.5 0.0 1.0
>
<
0.0 0.0
1.0 1.0
2.0 4.0
>
reset
unset border; unset tics; unset key; unset colorbox
set lmargin 0; set rmargin 0; set bmargin 0; set tmargin 0
set xrange [0:1]; set yrange [0:1]
set label 'Three points' at screen 0.0194004,0.957742 left norotate font "DejaVu Sans:Bold,12.65" textcolor rgb "#00000000" front
set label 'n = 3' at screen 0.0194004,0.912234 left norotate font "DejaVu Sans,9.68" textcolor rgb "#00000000" front
plot NaN notitle
unset multiplot
unset output

