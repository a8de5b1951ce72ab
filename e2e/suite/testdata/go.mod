// Tests that end in every way a test can, for the tests of run.sh.
module example.com/outcomes

go 1.26.0
