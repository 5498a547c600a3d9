"""The runners that are measured: ours as it is shipped, and its peers as their own docs say."""
