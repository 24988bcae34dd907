"""The warehouse's Airflow side: operators, triggers, sensors, windows."""
