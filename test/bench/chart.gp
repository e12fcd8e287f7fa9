# count(*) under row-level security, a multiple of the same query without it.
# Called with: data (file), columns (number of contenders), rows (of the table, as text).
set terminal svg size 900,460 dynamic font "sans-serif,13" background "#ffffff"
set title "count(*) over ".rows." rows under a policy: time as a multiple of no policy"
set logscale y
set yrange [0.001:*]
set format y "%g"
set ylabel "less is better"
set grid ytics lc rgb "#dddddd"
set style data histogram
set style histogram cluster gap 1
set style fill solid 0.9 border -1
set boxwidth 0.9
set key outside right top Left reverse noenhanced
set datafile missing "NaN"
set arrow from graph 0, first 1 to graph 1, first 1 nohead lc rgb "#444444" dt 2 front
colors = "#1b6ca8 #e08e45 #f2c14e #9aa5ab #b5446e #8a5a83 #5d3a5a"
plot for [i = 1:columns] data using (column(i + 1)):xtic(1) title columnheader(i + 1) lc rgb word(colors, i)
