"""Chaos: whatever is killed, throttled, repeated or lost, the tables end up the same. `make chaos` runs it.

`endpoint`  a local_aws that can be killed and started again within a moment
`workers`   Airflow's task instances run by processes that can be killed, in the place of scheduler and executor
`store`     one account with the warehouse in it: what it is sent, what its tables hold, which jobs it has paid for
`faults`    what can go wrong at a remote call, enumerated from an undisturbed run
`suite`     chains of days, each with faults, each compared with the undisturbed day
`report`    docs/reliability.md
"""
