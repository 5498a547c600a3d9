"""How are the streams of running interactions read? Many on one loop; only events are added, and polls woken."""
