# Gradient descent with momentum on a narrow valley, ten steps a trial: the program of command_example.textproto.
# POSIX sh and awk; any language that reads and writes lines will do.
#
#   echo '{"parameters": {"learning_rate": 0.1, "momentum": 0.5}}' | sh command_example.sh     to try it by hand

# The number of one parameter; a real program would use a JSON library.
number() { printf '%s\n' "$trial" | sed -n "s/.*\"$1\": *\([-+.eE0-9]*\).*/\1/p"; }

# Every line is a trial: with keep_alive there are many, without it there is one.
while read -r trial; do
  rate=$(number learning_rate) momentum=$(number momentum)
  state="4 4 0 0" pruned=
  for step in 1 2 3 4 5 6 7 8 9 10; do
    state=$(echo "$state" | awk -v r="$rate" -v m="$momentum" '{
      u = m * $3 - r * 2 * $1; v = m * $4 - r * 0.2 * $2; print $1 + u, $2 + v, u, v }')
    loss=$(echo "$state" | awk '{ print $1 * $1 + 0.1 * $2 * $2 }')
    # A step, and its answer: {"stop": true} means that the rest is not worth the time.
    echo "{\"step\": $step, \"value\": $loss}"
    read -r answer || exit 0
    case $answer in *true*) pruned=yes; break ;; esac
  done
  # The result ends the trial, also a pruned one: then it does not count, but says that the next may come.
  echo "{\"metrics\": {\"loss\": $loss, \"steps\": $step}}"
done
