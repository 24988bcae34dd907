"""The pages of the warehouse in Airflow's UI."""
