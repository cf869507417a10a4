"""Real nodes, real faults, and a stranger who checks what is left: `make chaos`.

python -m tests.chaos --only kill,partition --nodes 5 --seconds 20

lab        namespaces of our own: nothing that happens here reaches the machine, or stays
hosts      a network namespace and an address for each node, and one for the strangers
wire       every packet between them: delayed, lost or cut, by ordered pair
disk       a small disk of its own for one node: slow, or full
nodes      the processes: killed, stopped, continued, their clocks moved
load       documents to all entry nodes, and what was promised for each
watch      what the nodes say of themselves, five times a second
faults     what goes wrong, and how it is made good
schedule   one fault after the other; how long each took to get over
collect    what anyone can read from the nodes, and
checker    whether it is what was promised
report     the figures, and the picture
"""
