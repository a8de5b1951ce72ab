// Tests that end in every way a test can, for tally's own tests.
module example.com/outcomes

go 1.26.0
