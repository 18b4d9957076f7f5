module tnbench

go 1.26
